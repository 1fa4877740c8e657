"""What a revert has come to: rows and amounts reversed and kept. Pure arithmetic."""

from collections.abc import Iterable
from typing import Any, NamedTuple


class RevertSum(NamedTuple):
    """Rows of one currency that were reversed (no reason), or kept for one; minor units."""

    currency: str | None
    reason: str | None
    rows: int
    delta: int


def sum_up_revert(sums: Iterable[RevertSum], *, withdrawn: int) -> dict[str, Any]:
    """`reversed` amounts are those of the counter-postings: the postings' sums with their sign
    turned.
    """
    counts = {"reversed": 0, "kept": 0, "withdrawn": withdrawn}
    amounts: dict[str, dict[str, int]] = {}
    reasons: dict[str, int] = {}
    for item in sums:
        done = "reversed" if item.reason is None else "kept"
        counts[done] += item.rows
        if item.reason is not None:
            reasons[item.reason] = reasons.get(item.reason, 0) + item.rows
        if item.currency is not None:
            of_currency = amounts.setdefault(item.currency, {"reversed": 0, "kept": 0})
            of_currency[done] += -item.delta if item.reason is None else item.delta
    return {"counts": counts, "amounts": amounts, "reasons": reasons}
