"""Bulk lane, validator → ledger: the verdict on one row. Two shapes that share a topic and its
order.
"""

from typing import Literal, NamedTuple

from contracts.verdict import Remark


class RowAccepted(NamedTuple):
    """A JSON array in this order; the header `reading` is that of the row.

    `values` follows the record type's field order, in canonical text: money as an exact decimal,
    dates as ISO 8601; null is "not said, keep", the empty text is "clear". `custom` holds the
    custom fields by name.
    """

    verdict: Literal["accepted"]
    row: int
    attempt: int
    values: list[str | None]
    custom: dict[str, str] | None
    warnings: list[Remark] | None


class RowRejected(NamedTuple):
    """A JSON array in this order: what could be read, every violation, and the raw cells."""

    verdict: Literal["rejected"]
    row: int
    attempt: int
    values: list[str | None]
    custom: dict[str, str] | None
    warnings: list[Remark] | None
    violations: list[Remark]
    cells: list[str]


RowJudged = RowAccepted | RowRejected
