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
    if not isinstance(value, list):
        return False
    row = cast("Row", value)
    return (
        3 <= len(row) <= 4
        and _is_number(row[0], MAX_ROW)
        and _is_number(row[1], MAX_ATTEMPT)
        and _lies_on(row[2], row[3] if len(row) == 4 else [], width)
    )


def _is_number(value: Any, largest: int) -> bool:
    return type(value) is int and 0 < value <= largest


def _lies_on(cells: Any, found: Any, width: int) -> bool:
    if not (isinstance(cells, list) and isinstance(found, list)):
        return False
    texts, notes = cast("list[Any]", cells), cast("list[Any]", found)
    return (len(texts) == width or bool(notes)) and _are_texts(texts) and all(map(_is_note, notes))


def _are_texts(cells: list[Any]) -> bool:
    # Joining is the quickest way to ask every cell whether it is text.
    try:
        "".join(cells)
    except TypeError:
        return False
    return True


def _is_note(value: Any) -> bool:
    if not isinstance(value, list):
        return False
    note = cast("list[Any]", value)
    return len(note) == 2 and _are_texts(note)
