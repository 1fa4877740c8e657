"""CSV files as blocks of rows (`read_rows`); what shape a table has is found by `csv_sniffing`."""

from collections.abc import Collection, Iterator
from typing import BinaryIO

from services.files.blocks import Block, Limits, Position, check_size
from services.files.csv_records import Records, read_records
from services.files.csv_sniffing import sniff_table
from services.files.encodings import TextSource, byte_length
from services.files.line_pieces import LinePieces
from services.files.ragged_rows import lay_rows, repair_split_money
from services.files.table_shapes import ShapeChoices, TableShape

__all__ = ["ShapeChoices", "TableShape", "read_rows", "repair_split_money", "sniff_table"]


def read_rows(
    stream: BinaryIO,
    shape: TableShape,
    *,
    limits: Limits | None = None,
    money_columns: Collection[int] = (),
    start: Position | None = None,
) -> Iterator[Block]:
    """The rows in blocks of about `limits.block_bytes`, from the top or from a block's position.

    `stream` stands at the beginning of the plain file. `money_columns` are the indexes of columns
    that hold amounts, where a cut amount may be repaired. Raises FileProblem where reading cannot
    go on; no row is ever left out silently.
    """
    limits = limits or Limits()
    position = start or shape.start
    pieces = LinePieces(
        TextSource(stream, shape.encoding, start_byte=position.byte), shape.encoding, limits
    )
    money = money_columns if shape.dialect.delimiter == "," else ()
    while (piece := pieces.next_piece()) is not None:
        records = read_records(piece.text, shape.dialect, limits, last=piece.last)
        taken = _text_taken(piece.text, records)
        pieces.carry(piece.text[len(taken) :])
        rows, found = lay_rows(records, shape.width, money, limits=limits, text=taken)
        end = Position(
            row=position.row + len(rows),
            byte=position.byte + byte_length(taken, shape.encoding) + piece.unseen_bytes,
            line=position.line + records.lines_taken,
        )
        check_size(end, limits)
        if rows:
            yield Block(position.row, rows, position, end, found)
        position = end


def _text_taken(text: str, records: Records) -> str:
    if records.lines_taken == len(records.lines):
        return text
    return "".join(records.lines[: records.lines_taken])
