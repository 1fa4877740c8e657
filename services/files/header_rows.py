"""Which record of a table is its header, and how its cells become distinct column names."""

import re
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from services.files.table_shapes import ShapeWarning
from services.values.text import normalise_header

MAX_PREAMBLE_RECORDS: Final = 30
MAX_HEADER_CHARACTERS: Final = 200
_LONGEST_DATUM: Final = 100

_DATA = re.compile(
    r"[-+(]?\s*[$€£¥]?\s*[0-9][0-9.,' ]*\s*[)%-]?"
    r"|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}(?:[ T].*)?"
    r"|[^@\s]+@[^@\s]+\.[a-z]{2,}"
    r"|\+?[0-9][0-9() .-]{5,}"
    r"|[A-Za-z]{1,6}[-_/]?[0-9]{3,}",
    re.IGNORECASE,
)
_SPACES = re.compile(r"[\s\x00-\x1f\x7f]+")


class HeaderFound(NamedTuple):
    """The index of the header's record, or None; and of the first data record."""

    header: int | None
    first_data: int
    warnings: tuple[ShapeWarning, ...]


def find_header(records: Sequence[Sequence[str]], known_headers: Collection[str]) -> HeaderFound:
    """The header among the first records. A row that looks like data is never taken for one.

    `known_headers` are names (as of `normalise_header`) that a column may have: they decide first.
    """
    known = _find_known(records, known_headers)
    if known is not None:
        return HeaderFound(known, known + 1, ())
    first = _first_full_record(records)
    if first is None:
        return HeaderFound(None, 0, (_warn_no_header(),))
    if any(map(_looks_like_data, records[first])):
        return HeaderFound(None, first, (_warn_no_header(),))
    below = records[first + 1 :]
    if below and not _differs(records[first], below):
        return HeaderFound(first, first + 1, (_warn_uncertain(),))
    return HeaderFound(first, first + 1, ())


def distinct_headers(cells: Sequence[str]) -> tuple[tuple[str, ...], tuple[ShapeWarning, ...]]:
    """Distinct names, never blank: `Name`, `Name (2)`, `Column 5`; and what was changed."""
    names: list[str] = []
    taken: set[str] = set()
    changed: dict[str, None] = {}
    originals = [_SPACES.sub(" ", cell).strip()[:MAX_HEADER_CHARACTERS] for cell in cells]
    for number, original in enumerate(originals, 1):
        name = original or f"Column {number}"
        if not original:
            changed["blank_header"] = None
        copy = 2
        base = name
        while name in taken or (name != original and name in originals):
            changed["duplicate_header"] = None
            name = f"{base} ({copy})"
            copy += 1
        taken.add(name)
        names.append(name)
    return tuple(names), tuple(ShapeWarning(code, _SENTENCES[code]) for code in changed)


_SENTENCES = {
    "blank_header": "Some columns have no name; they are called by their number, as in Column 5.",
    "duplicate_header": "Some columns have the same name; the later ones carry a number, as in "
    "Name (2).",
}


def _find_known(records: Sequence[Sequence[str]], known_headers: Collection[str]) -> int | None:
    for index, record in enumerate(records[:MAX_PREAMBLE_RECORDS]):
        known = sum(normalise_header(cell) in known_headers for cell in record if cell.strip())
        if known >= 2 or (known == 1 and len(record) == 1):
            return index
    return None


def _first_full_record(records: Sequence[Sequence[str]]) -> int | None:
    """The first record that fills at least half of the columns that most records have."""
    widths = [len(record) for record in records if record]
    if not widths:
        return None
    usual = max(set(widths), key=lambda width: (widths.count(width), width))
    needed = 1 if usual == 1 else max(2, (usual + 1) // 2)
    for index, record in enumerate(records[:MAX_PREAMBLE_RECORDS]):
        if sum(1 for cell in record if cell.strip()) >= needed:
            return index
    return None


def _differs(header: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether some column holds data below that is of another sort than its name."""
    for column in range(len(header)):
        cells = [row[column] for row in below if column < len(row) and row[column].strip()]
        matching = sum(map(_looks_like_data, cells))
        if cells and matching * 2 > len(cells):
            return True
    return False


def _looks_like_data(cell: str) -> bool:
    text = cell.strip()
    return len(text) <= _LONGEST_DATUM and _DATA.fullmatch(text) is not None


def _warn_no_header() -> ShapeWarning:
    return ShapeWarning(
        "no_header",
        "The first row looks like data, so no header was taken and columns are called by their "
        "number. If it is a header, set the header row.",
    )


def _warn_uncertain() -> ShapeWarning:
    return ShapeWarning(
        "header_uncertain",
        "The first row was taken for the header, but it looks much like the rows below it. If it "
        "is data, set the header row to none.",
    )
