"""The sums of an import: rows and amounts by bucket, findings, control totals. Pure arithmetic."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from contracts.api.imports import BUCKETS, Expected
from services.values.money import minor_units

BUCKET_OF_ACTION = {
    "create": "created",
    "update": "updated",
    "unchanged": "unchanged",
    "skip": "skipped",
    "reject": "rejected",
    "hold": "held",
    "park": "parked",
}


class ActionSum(NamedTuple):
    """Rows of one action and currency; amounts in minor units, null currency where unreadable."""

    action: str
    currency: str | None
    rows: int
    amount: int
    posted: int


class Counted(NamedTuple):
    """A code found in so many rows; `sample` is one of their numbers."""

    code: str
    field: str | None
    rows: int
    sample: int | None


@dataclass(slots=True)
class Summary:
    """Both equations hold by construction: each row is in one bucket, its whole amount too."""

    counts: dict[str, int]
    amounts: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])

    def as_json(self) -> dict[str, Any]:
        return {"counts": self.counts, "amounts": self.amounts}


def summarise(sums: Iterable[ActionSum]) -> Summary:
    """Add up the rows of a plan, or of what became of it."""
    summary = Summary(counts={"rows": 0, **dict.fromkeys(BUCKETS, 0)})
    for item in sums:
        bucket = BUCKET_OF_ACTION[item.action]
        summary.counts["rows"] += item.rows
        summary.counts[bucket] += item.rows
        if item.currency is not None:
            _add_amounts(summary.amounts, item.currency, bucket, item)
    return summary


def _add_amounts(
    amounts: dict[str, dict[str, int]], currency: str, bucket: str, item: ActionSum
) -> None:
    empty = {"in": 0, **dict.fromkeys(BUCKETS, 0), "posted": 0}
    of_currency = amounts.setdefault(currency, empty)
    of_currency["in"] += item.amount
    of_currency[bucket] += item.amount
    of_currency["posted"] += item.posted


def list_findings(counted: Iterable[Counted]) -> list[dict[str, Any]]:
    """Findings, the most frequent first."""
    ordered = sorted(counted, key=lambda item: (-item.rows, item.code, item.field or ""))
    return [item._asdict() for item in ordered]


def expect_totals(asked: Expected | None, trailer: Mapping[str, Any] | None) -> Expected | None:
    """What the configuration expects; where it is silent, what the file's own trailer says."""
    if trailer is None:
        return asked
    said = Expected.model_validate(trailer)
    if asked is None:
        return said
    rows = asked.rows if asked.rows is not None else said.rows
    return Expected(rows=rows, amounts={**said.amounts, **asked.amounts})


def check_control_totals(expected: Expected | None, summary: Summary) -> dict[str, Any] | None:
    """Expected against found, in minor units; None when nothing was expected."""
    if expected is None:
        return None
    found_amounts = {name: item["in"] for name, item in summary.amounts.items()}
    expected_amounts = {name: _to_minor(amount, name) for name, amount in expected.amounts.items()}
    rows_match = expected.rows is None or expected.rows == summary.counts["rows"]
    amounts_match = all(
        found_amounts.get(name, 0) == amount for name, amount in expected_amounts.items()
    )
    return {
        "expected": {"rows": expected.rows, "amounts": expected_amounts},
        "found": {"rows": summary.counts["rows"], "amounts": found_amounts},
        "matches": rows_match and amounts_match,
    }


def _to_minor(amount: str, currency: str) -> int:
    scaled = Decimal(amount).scaleb(minor_units(currency))
    return int(scaled) if scaled == scaled.to_integral_value() else -1


def completion_blocked(control: Mapping[str, Any] | None, *, overridden: bool) -> bool:
    return control is not None and not control["matches"] and not overridden
