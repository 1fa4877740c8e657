"""The shape of a row on `rows-received`: what can be judged at all."""

from typing import Any, TypeGuard, cast

# A row as decoded: row, attempt, cells and, where there is any, what the reader found.
Row = list[Any]

MAX_ROW = 2**31 - 1
MAX_ATTEMPT = 2**15 - 1


def is_row(value: Any, width: int) -> TypeGuard[Row]:
    """Whether a decoded value is a row over so many fields.

    Only a row in which the reader found something may have another number of cells.
    """
    if type(value) is not list:
        return False
    row = cast("Row", value)
    if len(row) != 3 and not (len(row) == 4 and _are_notes(row[3])):
        return False
    return (
        type(row[0]) is int
        and 0 < row[0] <= MAX_ROW
        and type(row[1]) is int
        and 0 < row[1] <= MAX_ATTEMPT
        and _are_texts(row[2])
        and (len(row[2]) == width or bool(row[3:] and row[3]))
    )


def _are_texts(cells: Any) -> bool:
    if type(cells) is not list:
        return False
    # Joining is the quickest way to ask every cell whether it is text.
    try:
        "".join(cast("list[Any]", cells))
    except TypeError:
        return False
    return True


def _are_notes(found: Any) -> bool:
    return type(found) is list and all(
        _are_texts(note) and len(note) == 2 for note in cast("list[Any]", found)
    )
