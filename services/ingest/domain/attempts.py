"""Cells of a row set anew over what stands in the source. Reading and sending are not here."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from contracts.events.rows_received import FOUND_WARNINGS
from services.ingest.domain.problems import ConfigProblem

FIRST_CORRECTION = 2
_RAGGED_LONG = "ragged_long"


class RawRow(NamedTuple):
    """A row as it stands, and what the reader found: code and sentence. One with too many cells
    has all of them.
    """

    cells: list[str]
    found: tuple[str, str] | None = None


def name_columns(columns: Sequence[str], width: int) -> list[str]:
    """The columns of a row so wide; cells beyond the last column are called by their place."""
    return [*columns, *(f"Column {place}" for place in range(len(columns) + 1, width + 1))]


def name_cells(columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    return dict(zip(name_columns(columns, len(cells)), cells, strict=False))


def find_unknown(
    columns: Sequence[str], names: Iterable[str], location: str
) -> list[ConfigProblem]:
    """A problem per name that is no column."""
    return [
        ConfigProblem(
            f"{location}.{name}",
            "unknown_column",
            f"The file has no column {name}; it has: {', '.join(columns[:50])}.",
        )
        for name in names
        if name not in columns
    ]


def overlay(columns: Sequence[str], raw: RawRow, cells: Mapping[str, str]) -> RawRow:
    """The row with these cells, by column. What was found stays as long as its cause may."""
    if not cells:
        return raw
    names = name_columns(columns, len(raw.cells))
    laid = [cells.get(name, cell) for name, cell in zip(names, raw.cells, strict=False)]
    laid += [cells.get(name, "") for name in names[len(laid) :]]
    if raw.found is None or raw.found[0] in FOUND_WARNINGS:
        return RawRow(laid)
    if raw.found[0] == _RAGGED_LONG:
        still = any(cell.strip() for cell in laid[len(columns) :])
        return RawRow(laid, raw.found) if still else RawRow(laid[: len(columns)])
    # A quote that is never closed, or a nested value: only a whole new row is beyond doubt.
    return RawRow(laid, None if set(columns) <= cells.keys() else raw.found)
