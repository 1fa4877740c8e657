"""Rows to CSV text by RFC 4180, for templates and error files; no columns live here."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

BYTE_ORDER_MARK: Final = "\ufeff"
LINE_END: Final = "\r\n"
_ROWS_PER_PIECE: Final = 1_000


def format_row(cells: Sequence[str], *, delimiter: str = ",") -> str:
    """One record with its line end. Cells are quoted where they must be; a quote is doubled."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator=LINE_END).writerow(cells)
    return buffer.getvalue()


def format_rows(rows: Iterable[Sequence[str]], *, delimiter: str = ",") -> Iterator[str]:
    """Records as text in pieces of a thousand rows, so that memory stays flat."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=LINE_END)
    for number, cells in enumerate(rows, 1):
        writer.writerow(cells)
        if number % _ROWS_PER_PIECE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    if buffer.tell():
        yield buffer.getvalue()
