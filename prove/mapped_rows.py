"""What the source file says of each row's amount and currency, by mapping and formats."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any, BinaryIO, NamedTuple, cast

from contracts.record_type import RecordType
from prove.access import Json
from prove.amounts import AmountReader, compile_reader
from prove.books import BookRow
from prove.source_files import Dialect, SourceRow, TableFacts, open_plain, read_rows

# A text that a spreadsheet would run is written with an apostrophe before it.
_PROTECTED = re.compile(r"'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
Corrections = Mapping[int, dict[str, str]]


class FileRow(NamedTuple):
    """`amount` is None where none can be read; `currency` only as the row's own field says it.

    What cannot be read again (a correction that is not shown) is not `known`.
    """

    row: int
    amount: Decimal | None
    currency: str | None
    known: bool = True


class Layout(NamedTuple):
    """Where amount and currency stand: a column's position, or a constant for all rows."""

    table: TableFacts
    read_amount: AmountReader
    amount: int | str | None
    currency: int | str | None
    first_rows: int | None
    trailer: str | None = None


def lay_out(view: Json, mapping: Json, record_type: RecordType) -> Layout:
    """From what `GET /v1/imports/{id}` and `…/mapping` answer."""
    columns = cast(list[Json], mapping["columns"])
    constants = cast(dict[str, str], mapping["constants"])
    positions = {item["field"]: index for index, item in enumerate(columns) if item["field"]}
    amount = _place(record_type.amount_field, positions, constants)
    file = view["file"]
    dialect = Dialect(**file["dialect"]) if file.get("dialect") else None
    table = TableFacts(
        columns=tuple(str(item["column"]) for item in columns),
        encoding=file["encoding"] or "utf-8",
        dialect=dialect,
        header_row=file["header_row"],
        money_column=amount if isinstance(amount, int) and file["delimiter"] == "," else None,
    )
    config = cast(dict[str, Any], view["config"])
    trailer = cast(dict[str, Any] | None, config.get("trailer"))
    return Layout(
        table=table,
        read_amount=compile_reader(str(mapping["formats"]["decimal"])),
        amount=amount,
        currency=_place(record_type.currency_field, positions, constants),
        first_rows=config.get("first_rows"),
        trailer=str(trailer["marker"]).strip().casefold() if trailer else None,
    )


def read_file_rows(file: BinaryIO, layout: Layout, corrections: Corrections) -> Iterator[FileRow]:
    """Every row of the source, in order; of corrected ones the cells that count in the end."""
    rows = _without_trailer(read_rows(open_plain(file), layout.table), layout.trailer)
    for number, cells in islice(rows, layout.first_rows):
        if number in corrections:
            yield _read_correction(number, cells, corrections[number], layout)
        else:
            yield _read_row(number, cells, layout)


def read_judged_row(row: BookRow) -> FileRow:
    """A row of a feed, which has no file: what its verdict says."""
    try:
        amount = None if row.said_amount is None else Decimal(row.said_amount)
    except InvalidOperation:
        amount = None
    return FileRow(row.row, amount, row.said_currency)


def _without_trailer(rows: Iterator[SourceRow], marker: str | None) -> Iterator[SourceRow]:
    """The rows but a last one that begins with the marker: it says control totals."""
    if marker is None:
        yield from rows
        return
    last = next(rows, None)
    for row in rows:
        if last is not None:
            yield last
        last = row
    if last is not None and (last.cells or [""])[0].strip().casefold() != marker:
        yield last


def _read_row(number: int, cells: list[str] | None, layout: Layout) -> FileRow:
    if cells is None:
        return FileRow(number, None, None)
    text = _cell(cells, layout.amount)
    text = text[1:] if _PROTECTED.match(text) else text
    currency = _cell(cells, layout.currency).strip().upper()
    return FileRow(number, layout.read_amount(text) if text else None, currency or None)


def _read_correction(
    number: int, cells: list[str] | None, shown: dict[str, str], layout: Layout
) -> FileRow:
    """A corrected row as it is shown; where that is still the file's row, nothing is known."""
    columns = layout.table.columns
    corrected = [shown.get(column, "") for column in columns]
    if corrected == cells or not shown.keys() <= set(columns):
        return FileRow(number, None, None, known=False)
    return _read_row(number, corrected, layout)


def _place(
    field: str | None, positions: dict[str, int], constants: dict[str, str]
) -> int | str | None:
    if field is None:
        return None
    return positions.get(field, constants.get(field))


def _cell(cells: list[str], place: int | str | None) -> str:
    """The column's cell, or the constant."""
    if place is None:
        return ""
    return cells[place] if isinstance(place, int) else place
