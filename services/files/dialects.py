"""Which delimiter, quote and escape a CSV text uses, by how evenly it then falls into columns."""

import csv
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

import clevercsv

from services.files.csv_records import parse_cells, split_lines
from services.files.table_shapes import DELIMITERS, Dialect
from services.values.text import normalise_header

_JUDGED_LINES: Final = 200
_HEADER_LINES: Final = 10
_CLOSE_CALL: Final = 0.05
_CLEVER_LINES: Final = 60
_CLEVER_CHARACTERS: Final = 10_000
_KNOWN_HEADER_WEIGHT: Final = 1.0


def detect_dialect(
    text: str, *, delimiter: str | None, quote: str | None, known_headers: Collection[str]
) -> Dialect:
    """The dialect of whole lines. What is given is not detected (quote `none`: no quotes)."""
    lines = [line for line in split_lines(text) if line.strip()][:_JUDGED_LINES]
    declared = _declared_delimiter(lines)
    base = _detect_quoting("".join(lines), quote)
    chosen = delimiter or declared or _detect_delimiter(lines, base, known_headers)
    return _with_initial_space(lines, replace(base, delimiter=chosen))


def is_declaration(line: str) -> bool:
    """Whether the line is a spreadsheet's `sep=;`, which says the delimiter and is no data."""
    stripped = line.strip().strip('"')
    return (len(stripped) == 5 and stripped[:4].lower() == "sep=") or line.rstrip(
        "\r\n"
    ) == "sep=\t"


def _declared_delimiter(lines: Sequence[str]) -> str | None:
    if lines and is_declaration(lines[0]):
        return lines[0].rstrip("\r\n").strip('"')[4]
    return None


def _detect_quoting(text: str, quote: str | None) -> Dialect:
    if quote is not None:
        return Dialect(quote=None if quote == "none" else quote)
    if '"' not in text and _edges(text, "'") >= 4:
        return Dialect(quote="'")
    # A backslash escapes only if a quote follows that cannot end a cell.
    escapes = any(
        f'\\"{following}' in text for following in ("a", "e", "i", "o", " ", ".")
    ) and '""' not in text.replace(',""', "").replace('\\""', "")
    return Dialect(escape="\\" if escapes else None)


def _edges(text: str, quote: str) -> int:
    """How often the character stands where a quoted cell begins or ends."""
    return sum(
        text.count(delimiter + quote) + text.count(quote + delimiter) for delimiter in DELIMITERS
    )


def _detect_delimiter(lines: Sequence[str], base: Dialect, known_headers: Collection[str]) -> str:
    scores = {
        delimiter: _score(lines, replace(base, delimiter=delimiter), known_headers)
        for delimiter in DELIMITERS
    }
    ranked = sorted(scores, key=lambda delimiter: -scores[delimiter])
    best, second = ranked[0], ranked[1]
    if scores[best] <= 0:
        return ","
    if _is_one_column_of_prose(lines, best):
        return min(scores, key=lambda delimiter: scores[delimiter])
    if scores[best] - scores[second] < _CLOSE_CALL:
        return _ask_clevercsv(lines, (best, second)) or best
    return best


def _score(lines: Sequence[str], dialect: Dialect, known_headers: Collection[str]) -> float:
    """How evenly the lines fall into several columns, and how many headers are then known."""
    try:
        rows = [row for row in parse_cells(lines, dialect) if row]
    except csv.Error:
        return 0.0
    widths = Counter(map(len, rows))
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
    if width < 2:
        width, count = max(((w, c) for w, c in widths.items() if w > 1), default=(1, 0))
    evenness = count / max(1, len(rows)) * (width - 1) / width
    known = max((_known_cells(row, known_headers) for row in rows[:_HEADER_LINES]), default=0)
    return evenness + (known if known > 1 else 0) * _KNOWN_HEADER_WEIGHT


def _known_cells(row: Sequence[str], known_headers: Collection[str]) -> int:
    return sum(normalise_header(cell) in known_headers for cell in row) if known_headers else 0


def _is_one_column_of_prose(lines: Sequence[str], delimiter: str) -> bool:
    """A heading without the delimiter over lines where a space always follows it: `Smith, John`."""
    with_delimiter = [line for line in lines if delimiter in line]
    return (
        delimiter not in lines[0]
        and delimiter == ","
        and all(line.count(", ") == line.count(",") == 1 for line in with_delimiter)
    )


def _ask_clevercsv(lines: Sequence[str], delimiters: Sequence[str]) -> str | None:
    sample = "".join(lines[:_CLEVER_LINES])[:_CLEVER_CHARACTERS].replace("\x00", "")
    try:
        found = clevercsv.Detector().detect(sample, delimiters=list(delimiters))
    except clevercsv.Error:
        return None
    return found.delimiter if found is not None and found.delimiter in delimiters else None


def _with_initial_space(lines: Sequence[str], dialect: Dialect) -> Dialect:
    """Spaces before an opening quote (`a, "b, c"`) are skipped if the rows are then more even."""
    if dialect.quote is None or f"{dialect.delimiter} {dialect.quote}" not in "".join(lines):
        return dialect
    skipping = replace(dialect, skip_initial_space=True)
    better = _unevenness(lines, skipping) <= _unevenness(lines, dialect)
    return skipping if better else dialect


def _unevenness(lines: Sequence[str], dialect: Dialect) -> int:
    try:
        return len(set(map(len, parse_cells(lines, dialect))))
    except csv.Error:
        return len(lines)
