"""Rows laid onto the header's width: what is padded, repaired or refused, and said.

Rules: a short row is padded with empty cells and said (`ragged_short`, a warning; whether a
required cell is missing is the validator's question). Blank cells beyond the header are dropped
silently. An amount that was cut at its own comma is joined again where there is exactly one way
(`repaired`). Any other long row is refused (`ragged_long`): which cell is the one too many cannot
be known.
"""

import re
from collections.abc import Collection, Sequence
from typing import Final

from services.files.blocks import Limits, RowFound
from services.files.csv_records import Records

NUL_SHOWN: Final = "\u2400"
_GROUPED_AMOUNT = re.compile(
    r"\s*\(?[-+]?\s*(?:[^\W\d_]{3}\s*|[$€£¥₹]\s*)?[-+]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?"
    r"\s*(?:[^\W\d_]{3}|[$€£¥₹])?\s*\)?-?\s*"
)
_PLAIN_AMOUNT = re.compile(
    r"\s*(?:\(?[-+]?\s*(?:[^\W\d_]{3}\s*|[$€£¥₹]\s*)?[-+]?[0-9]*\.?[0-9]+"
    r"\s*(?:[^\W\d_]{3}|[$€£¥₹])?\s*\)?-?)?\s*"
)
_LONGEST_AMOUNT = 60
_MAX_JOINED_CELLS = 6
_ENOUGH_WAYS = 2
_MAX_STEPS = 2_000

_SENTENCES: Final = {
    "unclosed_quote": "A quote is opened in this row and never closed: close it, or double quotes "
    "that belong to the text.",
    "oversize_record": "This row is longer than a row may be: check for a missing line end or "
    "quote.",
    "oversize_cell": "A cell of this row is longer than a cell may be: shorten it.",
    "null_bytes": "The row holds NUL characters (shown as \u2400): the source wrote it wrongly.",
    "repaired": "An amount without quotes was cut at its own comma, and was joined again. Put "
    "amounts with commas in quotes.",
    "ragged_short": "The row has fewer cells than the header; the missing ones were taken as "
    "empty.",
    "ragged_long": "The row has more cells than the header: put quotes around a cell that holds "
    "the delimiter.",
}


def lay_rows(
    records: Records, width: int, money_columns: Collection[int], *, limits: Limits, text: str
) -> tuple[list[list[str]], dict[int, RowFound]]:
    """The rows, all `width` wide, and what was found in the odd ones."""
    rows, troubled = _without_blank_rows(records, width)
    found: dict[int, RowFound] = {}
    if troubled:
        for index, trouble in troubled.items():
            code = "oversize_cell" if trouble == "oversize_record" else trouble
            found[index] = RowFound(code, _SENTENCES[trouble], rows[index])
    if "\x00" in text:
        show_nul(rows, found)
    if records.multiline or _longest(records.lines) > limits.max_cell_characters:
        find_oversize_cells(rows, found, limits.max_cell_characters)
    if set(map(len, rows)) - {width}:
        _even_out(rows, found, width, money_columns)
    return rows, found


def repair_split_money(
    cells: Sequence[str], width: int, money_columns: Collection[int]
) -> list[str] | None:
    """The cells joined to `width` where an unquoted amount was cut at its commas, else None.

    There must be exactly one way in which a money column's neighbouring cells form a rightly
    grouped amount while every other money column still holds an amount or nothing.
    """
    search = _SplitSearch(width, frozenset(money_columns))
    search.lay(list(cells), [])
    return search.ways[0] if search.is_unambiguous else None


class _SplitSearch:
    """Lays cells from left to right and collects the ways that fit; stops at the second."""

    def __init__(self, width: int, money_columns: frozenset[int]) -> None:
        self._width = width
        self._money_columns = money_columns
        self._steps_left = _MAX_STEPS
        self.ways: list[list[str]] = []

    @property
    def is_unambiguous(self) -> bool:
        """Whether exactly one way was found, and the search was not given up."""
        return len(self.ways) == 1 and self._steps_left > 0

    def lay(self, rest: list[str], laid: list[str]) -> None:
        while rest and len(laid) not in self._money_columns:
            laid, rest = [*laid, rest[0]], rest[1:]
        if not rest:
            if len(laid) == self._width:
                self.ways.append(laid)
            return
        extra = len(laid) + len(rest) - self._width
        for joined in range(1, min(extra + 1, _MAX_JOINED_CELLS) + 1):
            amount = ",".join(rest[:joined])
            self._steps_left -= 1
            if len(self.ways) < _ENOUGH_WAYS and self._steps_left > 0 and _fits(amount, joined):
                self.lay(rest[joined:], [*laid, amount])


def _fits(amount: str, joined: int) -> bool:
    """Whether a money column may hold this; joined parts must form rightly grouped digits."""
    if len(amount) > _LONGEST_AMOUNT:
        return False
    if _GROUPED_AMOUNT.fullmatch(amount):
        return True
    return joined == 1 and _PLAIN_AMOUNT.fullmatch(amount) is not None


def _without_blank_rows(records: Records, width: int) -> tuple[list[list[str]], dict[int, str]]:
    """Lines of nothing but white space are no rows, save in a table of one column."""
    rows, troubled = records.cells, dict[int, str](records.troubled)
    if width == 1:
        return rows, troubled
    blank = {
        index
        for index, row in enumerate(rows)
        if len(row) == 1 and not row[0].strip() and index not in troubled
    }
    if not blank:
        return rows, troubled
    kept = [index for index in range(len(rows)) if index not in blank]
    moved = {old: new for new, old in enumerate(kept)}
    return [rows[index] for index in kept], {moved[old]: code for old, code in troubled.items()}


def show_nul(rows: list[list[str]], found: dict[int, RowFound]) -> None:
    for index, row in enumerate(rows):
        if any("\x00" in cell for cell in row):
            rows[index] = shown = [cell.replace("\x00", NUL_SHOWN) for cell in row]
            code = found[index].code if index in found else "null_bytes"
            sentence = found[index].sentence if index in found else _SENTENCES["null_bytes"]
            found[index] = RowFound(code, sentence, shown)


def find_oversize_cells(rows: list[list[str]], found: dict[int, RowFound], limit: int) -> None:
    for index, row in enumerate(rows):
        if max(map(len, row)) > limit:
            rows[index] = shortened = [cell[:limit] for cell in row]
            if index not in found:
                found[index] = RowFound("oversize_cell", _SENTENCES["oversize_cell"], shortened)


def _even_out(
    rows: list[list[str]], found: dict[int, RowFound], width: int, money_columns: Collection[int]
) -> None:
    for index, row in enumerate(rows):
        if len(row) == width:
            continue
        code, rows[index] = _fit(row, width, money_columns)
        if code is not None and index not in found:
            found[index] = RowFound(code, _SENTENCES[code], row)


def _fit(
    row: list[str], width: int, money_columns: Collection[int]
) -> tuple[str | None, list[str]]:
    if len(row) < width:
        return "ragged_short", row + [""] * (width - len(row))
    if not any(cell.strip() for cell in row[width:]):
        return None, row[:width]
    repaired = repair_split_money(row, width, money_columns) if money_columns else None
    if repaired is not None:
        return "repaired", repaired
    return "ragged_long", row[:width]


def _longest(lines: list[str]) -> int:
    return max(map(len, lines), default=0)
