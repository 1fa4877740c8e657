"""Reading the source file again, by the standard library alone: cells by row number."""

import csv
import gzip
import io
import json
import re
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, BinaryIO, NamedTuple, TextIO, cast

MAX_RECORD_LINES = 500
MAX_RECORD_CHARACTERS = 128 * 1024
_GROUPED = re.compile(r"[^\d]*\d{1,3}(?:,\d{3})+(?:\.\d+)?[^\d]*")


class Dialect(NamedTuple):
    """As the import says it; a quote of None means that nothing is ever quoted."""

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    skip_initial_space: bool = False

    def open_reader(self, lines: Iterable[str], *, strict: bool = False) -> Iterator[list[str]]:
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            escapechar=self.escape,
            doublequote=self.escape is None,
            skipinitialspace=self.skip_initial_space,
            quoting=csv.QUOTE_NONE if self.quote is None else csv.QUOTE_MINIMAL,
            strict=strict,
        )


class TableFacts(NamedTuple):
    """What the import says of its file; `money_column` is the position of the amount, if any.

    A file without a dialect is JSON.
    """

    columns: tuple[str, ...]
    encoding: str
    dialect: Dialect | None
    header_row: int | None
    money_column: int | None


class SourceRow(NamedTuple):
    """`cells` lie on the file's columns; None where they cannot be laid onto them."""

    number: int
    cells: list[str] | None


def open_plain(file: BinaryIO) -> BinaryIO:
    """The unpacked content of a file that may be a .gz, or a .zip of one file."""
    magic = file.read(4)
    file.seek(0)
    if magic[:2] == b"\x1f\x8b":
        return cast(BinaryIO, gzip.GzipFile(fileobj=file))
    if magic == b"PK\x03\x04":
        archive = zipfile.ZipFile(file)
        [name] = [item for item in archive.namelist() if not item.endswith("/")]
        return cast(BinaryIO, archive.open(name))
    return file


def read_rows(file: BinaryIO, facts: TableFacts) -> Iterator[SourceRow]:
    """Every row with its number from 1; blank lines are no rows."""
    text = io.TextIOWrapper(file, encoding=facts.encoding, errors="replace", newline="")
    rows = (
        _read_json(text, facts) if facts.dialect is None else _read_csv(text, facts, facts.dialect)
    )
    for number, cells in enumerate(rows, 1):
        yield SourceRow(number, cells)


def _read_csv(text: TextIO, facts: TableFacts, dialect: Dialect) -> Iterator[list[str] | None]:
    csv.field_size_limit(MAX_RECORD_CHARACTERS + 2)
    lines = _skip_to_rows(text, facts, dialect)
    width = len(facts.columns)
    for cells, sound in _split_records(lines, dialect):
        if not cells or (len(cells) == 1 and not cells[0].strip() and width > 1):
            continue
        yield _lay(cells, width, facts.money_column) if sound else None


def _skip_to_rows(text: TextIO, facts: TableFacts, dialect: Dialect) -> Iterator[str]:
    lines = iter(text)
    skipped = facts.header_row or 0
    for _ in range(max(0, skipped - 1)):
        next(lines, None)
    first = next(lines, "") if skipped else ""
    # The header itself may run over several lines.
    quote = dialect.quote or "\0"
    while skipped and first.count(quote) % 2 and (more := next(lines, "")):
        first += more
    return lines


def _split_records(lines: Iterator[str], dialect: Dialect) -> Iterator[tuple[list[str], bool]]:
    """Records, and whether each is sound: a quote that never closes costs its first line only."""
    waiting: deque[str] = deque()
    taken: list[str] = []

    def feed() -> Iterator[str]:
        while len(taken) < MAX_RECORD_LINES and sum(map(len, taken)) <= MAX_RECORD_CHARACTERS:
            line = waiting.popleft() if waiting else next(lines, None)
            if line is None:
                return
            taken.append(line)
            yield line

    while True:
        taken.clear()
        try:
            cells = next(dialect.open_reader(feed()), None)
        except csv.Error:
            cells = []
        if cells is None:
            return
        if len(taken) == 1 and len(taken[0]) <= MAX_RECORD_CHARACTERS:
            yield cells, not _is_left_open(taken[0], dialect)
        elif _is_one_strict_record(taken, dialect):
            yield cells, True
        else:
            waiting.extendleft(reversed(taken[1:]))
            yield [taken[0]], False


def _is_left_open(line: str, dialect: Dialect) -> bool:
    """Whether the last line of a file ends inside a quote."""
    if dialect.quote is None or dialect.quote not in line:
        return False
    mark = "\ufdd0"
    return list(dialect.open_reader([line, mark]))[-1:] != [[mark]]


def _is_one_strict_record(lines: list[str], dialect: Dialect) -> bool:
    if sum(map(len, lines)) > MAX_RECORD_CHARACTERS:
        return False
    try:
        return len(list(dialect.open_reader(lines, strict=True))) == 1
    except csv.Error:
        return False


def _lay(cells: list[str], width: int, money_column: int | None) -> list[str] | None:
    """Short rows are filled with empty cells; of long ones only a cut amount can be mended."""
    extra = len(cells) - width
    if extra <= 0:
        return cells + [""] * -extra
    if not any(cell.strip() for cell in cells[width:]):
        return cells[:width]
    if money_column is None or len(cells) <= money_column:
        return None
    amount = ",".join(cells[money_column : money_column + extra + 1])
    if _GROUPED.fullmatch(amount) is None:
        return None
    return [*cells[:money_column], amount, *cells[money_column + extra + 1 :]]


def _read_json(text: TextIO, facts: TableFacts) -> Iterator[list[str] | None]:
    first = text.readline().lstrip("\ufeff")
    while first and not first.strip():
        first = text.readline()
    if _is_record(first):
        values = _read_lines(first, text)
    else:
        whole = _parse(first + text.read())
        values = iter(cast(list[Any], whole["records"] if isinstance(whole, dict) else whole))
    for value in values:
        yield _lay_object(value, facts.columns)


def _is_record(line: str) -> bool:
    """Whether the first line is an object by itself, and not the whole payload of an API call."""
    try:
        value = _parse(line)
    except ValueError:
        return False
    return isinstance(value, dict) and not isinstance(value.get("records"), list)  # pyright: ignore[reportUnknownMemberType]


def _read_lines(first: str, rest: TextIO) -> Iterator[Any]:
    for line in chain([first], rest):
        if not line.strip():
            continue
        try:
            yield _parse(line)
        except ValueError:
            yield None


def _parse(text: str) -> Any:
    return json.loads(text, parse_float=str, parse_int=str)


def _lay_object(value: Any, columns: tuple[str, ...]) -> list[str] | None:
    if not isinstance(value, dict):
        return None
    record = cast(dict[str, Any], value)
    odd = any(isinstance(item, dict | list) for item in record.values())
    if odd or not record.keys() <= set(columns):
        return None
    return [_cell(record.get(column)) for column in columns]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
