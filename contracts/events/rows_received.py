"""Bulk lane, ingest → validator: one row of a file, mapped to fields, its cells still raw text."""

from typing import NamedTuple


class RowReceived(NamedTuple):
    """The value, a JSON array in this order; the header `reading` says the fields and formats.

    `found` is what the reader saw: `[code, sentence]` each, codes of `FOUND_CODES`. A row that
    cannot be laid onto the fields (`ragged_long`, …) carries its original cells.
    """

    row: int
    attempt: int
    cells: list[str]
    found: list[tuple[str, str]] = []


FOUND_WARNINGS = ("repaired", "ragged_short")
FOUND_VIOLATIONS = (
    "ragged_long",
    "oversize_cell",
    "null_bytes",
    "unclosed_quote",
    "nested_value",
    "not_an_object",
    "malformed_json",
)
FOUND_CODES = FOUND_WARNINGS + FOUND_VIOLATIONS
