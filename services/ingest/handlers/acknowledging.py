"""The acknowledgment of placed accounts: row by row what was received and what became of it."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC
from typing import Any, Final
from uuid import UUID

from contracts.record_type import RecordType
from services.files.csv_output import BYTE_ORDER_MARK, format_rows
from services.files.formulas import neutralise_formula
from services.ingest.domain.attempts import RawRow
from services.ingest.domain.configuration import find_record_type
from services.ingest.domain.decisions import demand_acknowledgeable
from services.ingest.domain.uploads import Upload
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.finding import find_import
from services.ingest.handlers.listing import ROWS_PER_STEP, remarks_of
from services.ingest.handlers.raw_rows import read_corrected_rows
from services.ingest.repository import decisions
from services.values.money import format_minor

HEADER: Final = (
    "Row",
    "AccountNumber",
    "AccountName",
    "Received",
    "OriginalBalance",
    "Currency",
    "CurrentBalance",
    "Outcome",
    "Reason",
)


async def write_acknowledgment(facilities: Facilities, import_id: UUID) -> AsyncIterator[bytes]:
    """UTF-8 CSV in pieces. Raises ImportMissing, and StepRefused before completion or for records
    that are no accounts, before the first piece.
    """
    async with facilities.pool.acquire() as connection:
        found = await find_import(connection, import_id)
    demand_acknowledgeable(found)
    return _write(facilities, found.upload)


async def _write(facilities: Facilities, upload: Upload) -> AsyncIterator[bytes]:
    yield "".join([BYTE_ORDER_MARK, *format_rows([HEADER])]).encode()
    record_type, after = find_record_type(upload.record_type), 0
    while True:
        async with facilities.pool.acquire() as connection:
            rows = await decisions.list_acknowledged(
                connection, upload.import_id, after, ROWS_PER_STEP
            )
        if not rows:
            return
        # What could not be read is told as it stood.
        rejected = [row["row"] for row in rows if row["verdict"] == "rejected"]
        raw, _ = await read_corrected_rows(facilities, upload, rejected)
        lines = [_line(upload, record_type, row, raw.get(row["row"])) for row in rows]
        for piece in format_rows(lines):
            yield piece.encode()
        after = rows[-1]["row"]


def _line(
    upload: Upload, record_type: RecordType, row: Mapping[str, Any], raw: RawRow | None
) -> list[str]:
    values = dict(zip(record_type.field_names, row["values"], strict=False))
    if raw is not None:
        stood = dict(zip((field for _, field in upload.targets), raw.cells, strict=False))
        values = {**stood, **{name: text for name, text in values.items() if text is not None}}
    currency = row["currency"] or values.get("Currency") or ""
    original = _money(row["amount"], row["currency"]) or neutralise_formula(
        values.get("Balance") or ""
    )
    reasons = [f"{item[0]}: {item[2]}" if item[0] else str(item[2]) for item in remarks_of(row)]
    text = neutralise_formula
    return [
        str(row["row"]),
        text(values.get("AccountNumber") or row["account_number"] or ""),
        text(values.get("AccountName") or ""),
        upload.created_at.astimezone(UTC).date().isoformat(),
        original,
        text(currency),
        _money(row["balance"], row["account_currency"]),
        row["outcome"] or "",
        text("; ".join(reasons)),
    ]


def _money(minor: int | None, currency: str | None) -> str:
    return "" if minor is None or currency is None else format_minor(minor, currency)
