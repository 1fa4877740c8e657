"""Text to CSV records: which lines make one record, and when a quote counts as never closed.

The fast way reads a whole block at once and is right whenever every line is one record; otherwise
the careful way goes record by record. Both give the same records for the same text.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from services.files.blocks import Limits
from services.files.table_shapes import Dialect

# A noncharacter, which no text holds: a line of its own that shows whether a quote is still open.
_SENTINEL: Final = "\ufdd0"
_ODD_LINE_ENDS: Final = ("\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")
Trouble = Literal["unclosed_quote", "oversize_record"]


@dataclass(slots=True)
class Records:
    """The records of some lines, without blank ones; `troubled` speaks of records by their index.

    `lines_taken` counts lines that are done with: a record that is still open at the end of lines
    waits for more text. `spans` (only in careful reading) are the first line of each record and the
    one after its last.
    """

    lines: list[str]
    lines_taken: int
    cells: list[list[str]]
    troubled: dict[int, Trouble] = field(default_factory=dict[int, Trouble])
    multiline: bool = False
    spans: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])


def split_lines(text: str) -> list[str]:
    """Lines with their ends: CR LF, LF or a lone CR, and no other line end of Unicode's."""
    if any(mark in text for mark in _ODD_LINE_ENDS):
        return list(io.StringIO(text, newline=""))
    return text.splitlines(keepends=True)


def line_ending(text: str) -> str | None:
    """The one line end of this text, or None where it is mixed."""
    feeds, returns = text.count("\n"), text.count("\r")
    if not returns:
        return "\n"
    if not feeds:
        return "\r"
    return "\r\n" if feeds == returns == text.count("\r\n") else None


def parse_cells(lines: Iterable[str], dialect: Dialect, *, strict: bool = False) -> list[list[str]]:
    """Records of lines that are known to be short enough; raises csv.Error if `strict`."""
    return list(_reader(lines, dialect, strict=strict))


def read_sample_records(lines: list[str], dialect: Dialect) -> Records:
    """The records of a sample, with the lines where each begins and ends."""
    return _CarefulReading(lines, dialect, Limits(), last=True).read()


def read_records(text: str, dialect: Dialect, limits: Limits, *, last: bool) -> Records:
    """The records of text that starts at a record and ends at a line end or is the `last`."""
    if not _has_special_characters(text, dialect):
        records = _split_plain(text, dialect)
    else:
        records = _read_one_record_per_line(text, dialect)
    longest = max(map(len, records.lines), default=0) if records is not None else 0
    if records is None or longest > limits.max_record_characters:
        return _CarefulReading(split_lines(text), dialect, limits, last=last).read()
    return records


def _has_special_characters(text: str, dialect: Dialect) -> bool:
    return (
        (dialect.quote is not None and dialect.quote in text)
        or (dialect.escape is not None and dialect.escape in text)
        or dialect.skip_initial_space
    )


def _split_plain(text: str, dialect: Dialect) -> Records:
    ending = line_ending(text)
    if ending is None:
        lines = [line.rstrip("\r\n") for line in split_lines(text)]
    else:
        lines = text.split(ending)
        if not lines[-1]:
            lines.pop()
    delimiter = dialect.delimiter
    cells = [line.split(delimiter) for line in lines if line]
    return Records(lines, len(lines), cells)


def _read_one_record_per_line(text: str, dialect: Dialect) -> Records | None:
    lines = split_lines(text)
    try:
        cells = list(_reader([*lines, _SENTINEL], dialect))
    except csv.Error:
        return None
    if len(cells) != len(lines) + 1 or cells.pop() != [_SENTINEL]:
        return None
    if [] in cells:
        cells = [row for row in cells if row]
    return Records(lines, len(lines), cells)


class _LineFeed(Iterator[str]):
    """Hands lines to csv.reader, and stops where the record under way is above the limits."""

    def __init__(self, lines: Sequence[str], limits: Limits) -> None:
        self._lines = lines
        self._limits = limits
        self.next_line = 0
        self.stopped = False
        self._first_line = 0
        self.characters = 0

    def start_record(self, line: int) -> None:
        self.next_line = self._first_line = line
        self.characters = 0
        self.stopped = False

    @property
    def over_limit(self) -> bool:
        return (
            self.next_line - self._first_line >= self._limits.max_record_lines
            or self.characters > self._limits.max_record_characters
        )

    def __next__(self) -> str:
        if self.next_line >= len(self._lines) or self.over_limit:
            self.stopped = True
            raise StopIteration
        line = self._lines[self.next_line]
        self.next_line += 1
        self.characters += len(line)
        return line


class _CarefulReading:
    """Record by record. A record of several lines must close its quote strictly, within the limits.

    Where it does not, its first line alone is the row, and reading goes on at the next line: so one
    stray quote costs one row, and never swallows what follows.
    """

    def __init__(self, lines: list[str], dialect: Dialect, limits: Limits, *, last: bool) -> None:
        self._lines = lines
        self._dialect = dialect
        self._limits = limits
        self._last = last
        self._line = 0
        self._feed = _LineFeed(lines, limits)
        self._records = Records(lines, 0, [], multiline=True)

    def read(self) -> Records:
        waiting = False
        while self._line < len(self._lines) and not waiting:
            if self._is_giant(self._line):
                self._take_alone("oversize_record")
            else:
                waiting = self._read_sound_records()
        self._records.lines_taken = self._line
        return self._records

    def _read_sound_records(self) -> bool:
        """Take records until one is troubled; whether an open one has to wait for more text."""
        self._feed.start_record(self._line)
        reader = _reader(self._feed, self._dialect)
        while self._line < len(self._lines):
            if self._is_giant(self._line):
                return False
            try:
                cells = next(reader)
            except csv.Error:
                self._take_alone("unclosed_quote")
                return False
            if self._feed.stopped and not self._feed.over_limit and not self._last:
                return True
            end = self._feed.next_line
            if not self._is_sound(end):
                self._take_alone("unclosed_quote")
                return False
            if cells:
                self._add(cells, end)
            self._line = end
            self._feed.start_record(end)
        return False

    def _take_alone(self, trouble: Trouble) -> None:
        text = self._lines[self._line]
        if trouble == "oversize_record":
            cells = [text[: self._limits.max_cell_characters]]
        else:
            cells = parse_cells([text.rstrip("\r\n")], self._dialect)[0]
        self._records.troubled[len(self._records.cells)] = trouble
        self._add(cells, self._line + 1)
        self._line += 1

    def _add(self, cells: list[str], end: int) -> None:
        self._records.cells.append(cells)
        self._records.spans.append((self._line, end))

    def _is_giant(self, line: int) -> bool:
        text, limit = self._lines[line], self._limits.max_record_characters
        return len(text) > limit and len(text.rstrip("\r\n")) > limit

    def _is_sound(self, end: int) -> bool:
        if self._feed.stopped:
            return False
        if end - self._line == 1:
            return True
        if self._feed.characters > self._limits.max_record_characters:
            return False
        try:
            lines = self._lines[self._line : end]
            return len(parse_cells(lines, self._dialect, strict=True)) == 1
        except csv.Error:
            return False


def _reader(lines: Iterable[str], dialect: Dialect, *, strict: bool = False) -> Iterator[list[str]]:
    return csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        escapechar=dialect.escape,
        doublequote=dialect.escape is None,
        skipinitialspace=dialect.skip_initial_space,
        quoting=csv.QUOTE_NONE if dialect.quote is None else csv.QUOTE_MINIMAL,
        strict=strict,
    )
