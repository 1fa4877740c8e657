"""What a trailer row says: expected rows and amounts, read by the import's own formats."""

from collections.abc import Sequence
from typing import Any

from contracts.api.imports import Trailer
from contracts.envelope import Formats
from services.values.decimal_formats import parse_decimal_format
from services.values.money import parse_money
from services.values.problems import ValueProblem


class TrailerRefused(Exception):
    """The file cannot be read with this trailer: what is wrong, and the way on."""

    def __init__(self, code: str, sentence: str, way_on: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.way_on = way_on


def is_marked(trailer: Trailer, cells: Sequence[str]) -> bool:
    """Whether the row is a trailer: by its first cell, without regard to case."""
    return bool(cells) and cells[0].strip().casefold() == trailer.marker.strip().casefold()


def read_trailer(
    trailer: Trailer, cells: Sequence[str], row: int, formats: Formats
) -> dict[str, Any]:
    """In the shape of contracts.api.imports.Expected. Raises TrailerRefused."""
    rows = None
    if trailer.rows_cell is not None:
        rows = _read_count(_cell(cells, row, trailer.rows_cell), row, trailer.rows_cell)
    amounts: dict[str, str] = {}
    if trailer.amount_cell is not None:
        text = _cell(cells, row, trailer.amount_cell)
        try:
            amount = parse_money(text, parse_decimal_format(formats.decimal))
        except ValueProblem as problem:
            raise _unreadable(row, trailer.amount_cell, problem.sentence) from None
        amounts[trailer.currency or amount.currency or formats.currency] = amount.text
    return {"rows": rows, "amounts": amounts}


def _cell(cells: Sequence[str], row: int, place: int) -> str:
    text = cells[place - 1].strip() if place <= len(cells) else ""
    if not text:
        raise _unreadable(row, place, "The cell is empty.")
    return text


def _read_count(text: str, row: int, place: int) -> int:
    digits = text.replace(",", "").replace(".", "").replace(" ", "")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 9:
        raise _unreadable(row, place, "It is no number of rows.")
    return int(digits)


def _unreadable(row: int, place: int, why: str) -> TrailerRefused:
    return TrailerRefused(
        "trailer_unreadable",
        f"Cell {place} of the trailer row, row {row}, cannot be read. {why}",
        "Set the option `trailer` to the cells that hold the totals, or take it away; or correct "
        "the row and upload the file again.",
    )


def trailer_missing(trailer: Trailer) -> TrailerRefused:
    return TrailerRefused(
        "trailer_missing",
        f"The file has no row whose first cell is {trailer.marker}: it may have been cut off.",
        "Ask the sender for the whole file, or set or take away the option `trailer`.",
    )


def trailer_not_last(trailer: Trailer, row: int) -> TrailerRefused:
    return TrailerRefused(
        "trailer_not_last",
        f"Row {row} is a trailer row ({trailer.marker}), but more rows follow it.",
        "Check whether several files were joined, or whether the marker is right.",
    )
