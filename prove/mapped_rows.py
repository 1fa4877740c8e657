"""What the source file says of each row's amount and currency, by mapping and formats."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO, NamedTuple, cast

from contracts.record_type import RecordType
from prove.access import Json
from prove.amounts import AmountReader, compile_reader
from prove.source_files import Dialect, TableFacts, open_plain, read_rows


class FileRow(NamedTuple):
    """`amount` is None where none can be read; `currency` only as the row's own field says it."""

    row: int
    amount: Decimal | None
    currency: str | None


class Layout(NamedTuple):
    """Where amount and currency stand: a column's position, or a constant for all rows."""

    table: TableFacts
    read_amount: AmountReader
    amount: int | str | None
    currency: int | str | None
    first_rows: int | None


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
    return Layout(
        table=table,
        read_amount=compile_reader(str(mapping["formats"]["decimal"])),
        amount=amount,
        currency=_place(record_type.currency_field, positions, constants),
        first_rows=cast(dict[str, Any], view["config"]).get("first_rows"),
    )


def read_file_rows(file: BinaryIO, layout: Layout) -> Iterator[FileRow]:
    """Every row of the source, in order."""
    rows = islice(read_rows(open_plain(file), layout.table), layout.first_rows)
    for number, cells in rows:
        if cells is None:
            yield FileRow(number, None, None)
            continue
        text = _cell(cells, layout.amount)
        currency = _cell(cells, layout.currency).strip().upper()
        yield FileRow(number, layout.read_amount(text) if text else None, currency or None)


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
