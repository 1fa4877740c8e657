"""The error file: rejected rows as they stood, with what names them, made to be uploaded again."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from contracts.envelope import CORRECTED_ROW

IMPORT_COLUMN: Final = "_ImportId"
ROW_COLUMN: Final = CORRECTED_ROW
ERRORS_COLUMN: Final = "_Errors"
CORRECTION_COLUMNS: Final = (IMPORT_COLUMN, ROW_COLUMN, ERRORS_COLUMN)
_AMOUNT = re.compile(r"[-+(]?[ $€£¥₹]?[-+]?[0-9][0-9.,' \u00a0]*[)-]?")


def names_a_correction(columns: Sequence[str]) -> bool:
    """Whether these are the columns of an error file that comes back."""
    return IMPORT_COLUMN in columns and ROW_COLUMN in columns


def read_corrected(columns: Sequence[str], first_row: Sequence[str]) -> UUID | None:
    """The import that the rows of an error file correct; None where the cell names none."""
    cells = dict(zip(columns, first_row, strict=False))
    try:
        return UUID(cells.get(IMPORT_COLUMN, "").strip())
    except ValueError:
        return None


def without_correction_columns(columns: Iterable[str]) -> list[str]:
    return [column for column in columns if column not in CORRECTION_COLUMNS]


def error_header(columns: Sequence[str]) -> list[str]:
    """The columns that name a row stand first; an error file's own are not repeated."""
    return [*CORRECTION_COLUMNS, *without_correction_columns(columns)]


class ErrorRows:
    """Lays rejected rows out under `error_header`. `neutralise` guards against formulas."""

    def __init__(
        self,
        import_id: UUID,
        columns: Sequence[str],
        money_columns: Collection[int],
        neutralise: Callable[[str], str],
    ) -> None:
        self._import_id = str(import_id)
        self._kept = [index for index, name in enumerate(columns) if name not in CORRECTION_COLUMNS]
        self._width = len(columns)
        self._money = frozenset(money_columns)
        self._neutralise = neutralise

    def lay_out(
        self, number: int, cells: Sequence[str], remarks: Iterable[Sequence[Any]]
    ) -> list[str]:
        """One line; cells beyond the header stay, so that the row can be seen as it stood."""
        padded = [*cells, *[""] * (self._width - len(cells))]
        data = [self._guard(index, padded[index]) for index in self._kept]
        beyond = [self._neutralise(cell) for cell in padded[self._width :]]
        return [self._import_id, str(number), self._say(remarks), *data, *beyond]

    def _guard(self, index: int, cell: str) -> str:
        """Amounts stay numbers; everything else that a spreadsheet might run is text."""
        if index in self._money and _AMOUNT.fullmatch(cell):
            return cell
        return self._neutralise(cell)

    def _say(self, remarks: Iterable[Sequence[Any]]) -> str:
        said = (f"{remark[0]}: {remark[2]}" if remark[0] else remark[2] for remark in remarks)
        return self._neutralise("; ".join(said))
