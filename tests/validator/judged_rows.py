"""Rows by their fields, and the verdicts on them."""

import uuid
from typing import Any

import orjson

from contracts.envelope import Reading
from contracts.records import record_types
from services.validator.domain.rows import compile_judge


def reading(record_type: str, fields: tuple[str, ...], **more: Any) -> Reading:
    return Reading(
        import_id=uuid.UUID(int=1), revision=1, record_type=record_type, fields=fields, **more
    )


def judge(
    record_type: str,
    record: dict[str, str],
    *,
    found: list[list[str]] | None = None,
    **more: Any,
) -> list[Any]:
    """The verdict on one row, whose fields are the record's."""
    row = [7, 1, list(record.values())] + ([found] if found else [])
    (verdict,) = compile_judge(reading(record_type, tuple(record), **more)).judge([row])
    return orjson.loads(verdict)


def values_of(record_type: str, verdict: list[Any]) -> dict[str, str]:
    names = record_types()[record_type].field_names
    return {name: value for name, value in zip(names, verdict[3], strict=True) if value is not None}


def codes_of(verdict: list[Any]) -> list[tuple[str | None, str]]:
    assert verdict[0] == "rejected"
    return [(field, code) for field, code, _, _ in verdict[6]]


def account(**changes: str) -> dict[str, str]:
    return {"AccountName": "ABC", "Balance": "1250.00", **changes}


def transaction(**changes: str) -> dict[str, str]:
    return {
        "AccountNumber": "AC-1",
        "Type": "payment",
        "Amount": "250.00",
        "TransactionDate": "2024-02-01",
        **changes,
    }
