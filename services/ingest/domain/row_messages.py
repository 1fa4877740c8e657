"""Rows as the messages of the bulk lane; made for speed. Reading and sending are not here.

A cell that a spreadsheet's escape protects (`'=1`, as exports and error files write it) is restored
on the way in, so that what went out comes back the same: see services/files/formulas.
"""

from collections.abc import Callable, Mapping, Sequence

import orjson

from contracts.events.rows_received import FOUND_WARNINGS
from services.ingest.domain.attempts import RawRow
from services.ingest.domain.mappings import RowLayout

Found = tuple[str, str, list[str]]
_ESCAPED = b"\"'"
FIRST_ATTEMPT = 1


class RowEncoder:
    """Encodes the rows of one revision. `restore` undoes the escape in one cell."""

    def __init__(self, layout: RowLayout, restore: Callable[[str], str]) -> None:
        self._pick = layout.pick
        self._width = len(layout.fields)
        self._restore = restore

    def encode(
        self, first_row: int, rows: Sequence[Sequence[str]], found: Mapping[int, Found]
    ) -> list[bytes]:
        """One message per row; `found` speaks of odd rows by their index."""
        dumps, pick = orjson.dumps, self._pick
        values = [
            dumps((number, FIRST_ATTEMPT, pick(row))) for number, row in enumerate(rows, first_row)
        ]
        for index, value in enumerate(values):
            if _ESCAPED in value:
                cells = [self._restore(cell) for cell in pick(rows[index])]
                values[index] = dumps((first_row + index, FIRST_ATTEMPT, cells))
        for index, odd in found.items():
            values[index] = self._encode_odd(first_row + index, rows[index], odd)
        return values

    def encode_attempt(self, number: int, attempt: int, row: RawRow) -> bytes:
        """A row that was corrected; one that still lies on no columns keeps its own cells."""
        if row.found is not None and row.found[0] == "ragged_long":
            return orjson.dumps((number, attempt, row.cells, [row.found]))
        cells = [self._restore(cell) for cell in self._pick(row.cells)]
        return orjson.dumps((number, attempt, cells, *([[row.found]] if row.found else ())))

    def _encode_odd(self, number: int, row: Sequence[str], odd: Found) -> bytes:
        """A row that lies on the columns all the same is mapped; another keeps its own cells."""
        code, sentence, original = odd
        if code in FOUND_WARNINGS or len(original) == len(row):
            cells = [self._restore(cell) for cell in self._pick(row)]
        else:
            cells = original
        return orjson.dumps((number, FIRST_ATTEMPT, cells, [(code, sentence)]))
