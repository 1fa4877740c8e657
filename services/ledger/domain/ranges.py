"""How a plan is cut into ranges of rows that are each applied in one transaction."""

from collections.abc import Iterator
from typing import NamedTuple

ROWS_PER_CHUNK = 20_000
# Plans have phases 1 and 2; the ranges of a revert are kept beside theirs.
REVERT_PHASE = 9


class Range(NamedTuple):
    """Rows `first_row` to `last_row`, both included, of one phase."""

    phase: int
    first_row: int
    last_row: int


def cut(first_row: int, last_row: int, phase: int, size: int = ROWS_PER_CHUNK) -> Iterator[Range]:
    """All ranges of one phase; a plan is always cut the same way, so that it can be resumed."""
    for start in range(first_row, last_row + 1, size):
        yield Range(phase, start, min(start + size - 1, last_row))
