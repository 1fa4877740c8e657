"""The trailer row is held back while a file is read: it has to be the last of its rows."""

from dataclasses import replace
from typing import Any

from contracts.api.imports import Trailer
from contracts.envelope import Formats
from services.files.blocks import Block
from services.files.problems import FileProblem
from services.ingest.domain.trailers import (
    TrailerRefused,
    is_marked,
    read_trailer,
    trailer_missing,
    trailer_not_last,
)
from services.ingest.repository.readings import Place


class TrailerRow:
    """Watches the blocks of one reading."""

    def __init__(self, asked: Trailer, formats: Formats) -> None:
        self._asked = asked
        self._formats = formats
        self._cells: list[str] | None = None
        self._row = 0
        self.place = Place(1, 0, 1)

    def take_from(self, block: Block) -> Block:
        """The block without the trailer row; raises FileProblem where that is not the last."""
        if self._cells is not None:
            raise _file_problem(trailer_not_last(self._asked, self._row))
        marked = [index for index, row in enumerate(block.rows) if is_marked(self._asked, row)]
        if not marked:
            return block
        index = marked[0]
        self._row = block.first_row + index
        if index != len(block.rows) - 1:
            raise _file_problem(trailer_not_last(self._asked, self._row))
        found = dict(block.found)
        odd = found.pop(index, None)
        self._cells = block.rows[index] if odd is None else odd.cells
        return replace(block, rows=block.rows[:index], found=found)

    def totals(self, *, demanded: bool) -> dict[str, Any] | None:
        """What it says; nothing where only the first rows are tested. Raises FileProblem."""
        if not demanded:
            return None
        if self._cells is None:
            raise _file_problem(trailer_missing(self._asked))
        try:
            return read_trailer(self._asked, self._cells, self._row, self._formats)
        except TrailerRefused as refused:
            raise _file_problem(refused) from None


def _file_problem(refused: TrailerRefused) -> FileProblem:
    return FileProblem(refused.code, refused.sentence, refused.way_on)
