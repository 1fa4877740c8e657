"""Whole columns of cells read at once, for speed; cells that need care are left to kinds' parsers.

A reader gives per cell its canonical text, None where it is blank, or ODD where the cell's parser
must be asked: it refuses the cell, or has more to say of it than its text. Where a reader gives a
text or None, so does the parser.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from contracts.record_type import Kind
from services.values.decimal_formats import DecimalFormat
from services.values.kinds import MAX_REMEMBERED_CELLS, MAX_REMEMBERED_LENGTH, Parser
from services.values.problems import ValueProblem


class Odd:
    """The type of ODD alone."""


ODD: Final = Odd()

Cell = str | None | Odd
ColumnReader = Callable[[Sequence[str]], Sequence[Cell]]


def compile_column(
    kind: Kind, parser: Parser, *, max_length: int, decimal: DecimalFormat
) -> ColumnReader:
    """The reader of a column whose cells `parser` reads one by one."""
    if kind in ("text", "notes", "reference"):
        return _compile_text(parser, max_length, refuses_plus=kind == "reference")
    if kind == "money":
        return _compile_money(parser, decimal)
    return _compile_repeating(parser)


def read_cell(parser: Parser, cell: str) -> Cell:
    """One cell as a column's reader gives it."""
    try:
        value = parser(cell)
    except ValueProblem:
        return ODD
    return value if value is None or isinstance(value, str) else ODD


def _compile_text(parser: Parser, max_length: int, *, refuses_plus: bool) -> ColumnReader:
    def read(cells: Sequence[str]) -> Sequence[Cell]:
        trimmed = list(map(str.strip, cells))
        joined = "".join(trimmed)
        if (
            joined.isascii()
            and joined.isprintable()
            and max(map(len, trimmed), default=0) <= max_length
            and not (refuses_plus and "+" in joined)
        ):
            return [text or None for text in trimmed] if "" in trimmed else trimmed
        return [read_cell(parser, cell) for cell in cells]

    return read


def _compile_money(parser: Parser, decimal: DecimalFormat) -> ColumnReader:
    fraction = f"(?:{re.escape(decimal.decimal)}[0-9]{{1,2}})?"
    plain = re.compile(f"[1-9][0-9]{{0,14}}{fraction}").fullmatch
    # Words and odd signs are asked for again with care anyway: once is enough.
    likely = re.compile(r"(?:-?\$?[0-9][0-9.,'\s]*)?").fullmatch
    if decimal.decimal != ".":
        return lambda cells: [read_cell(parser, cell) for cell in cells]

    def read(cells: Sequence[str]) -> Sequence[Cell]:
        matches = list(map(plain, cells))
        if None not in matches:
            return cells
        return [
            cell if match else read_cell(parser, cell) if likely(cell) else ODD
            for cell, match in zip(cells, matches, strict=True)
        ]

    return read


class _Remembered(dict[str, Cell]):
    """Answers for cells that repeat; a full memory starts anew."""

    def __init__(self, parser: Parser) -> None:
        self._parser = parser

    def __missing__(self, cell: str) -> Cell:
        value = read_cell(self._parser, cell)
        if len(cell) <= MAX_REMEMBERED_LENGTH:
            if len(self) >= MAX_REMEMBERED_CELLS:
                self.clear()
            self[cell] = value
        return value


def _compile_repeating(parser: Parser) -> ColumnReader:
    look_up = _Remembered(parser).__getitem__
    return lambda cells: list(map(look_up, cells))
