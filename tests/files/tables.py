"""What the tests of file readers share: reading bytes whole, and naming what was found."""

import io
from collections.abc import Collection

from services.files.blocks import Limits, RowFound
from services.files.csv_files import read_rows, sniff_table
from services.files.table_shapes import ShapeChoices, TableShape


def sniff(text: str, choices: ShapeChoices | None = None, encoding: str = "utf-8") -> TableShape:
    return sniff_table(text.encode(encoding), choices=choices)


def read(
    data: bytes,
    shape: TableShape,
    *,
    money_columns: Collection[int] = (),
    limits: Limits | None = None,
) -> tuple[list[list[str]], dict[int, RowFound]]:
    """All rows, and what was found by row number."""
    rows: list[list[str]] = []
    found: dict[int, RowFound] = {}
    stream = io.BytesIO(data)
    for block in read_rows(stream, shape, money_columns=money_columns, limits=limits):
        rows += block.rows
        found.update({block.first_row + index: odd for index, odd in block.found.items()})
    return rows, found


def codes(found: dict[int, RowFound]) -> dict[int, str]:
    return {row: odd.code for row, odd in found.items()}
