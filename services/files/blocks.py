"""What readers of tables give: blocks of rows, what was found in odd rows, where to resume."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from services.files.problems import FileProblem

MIB: Final = 1024 * 1024
GIB: Final = 1024 * MIB
LARGEST_RECORD_CHARACTERS: Final = 128 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The published limits of files; what lies above them is refused with a sentence.

    `max_record_characters` and `max_record_lines` also decide when a quote counts as never closed.
    """

    max_file_bytes: int = 4 * GIB
    max_rows: int = 20_000_000
    max_columns: int = 1_000
    max_cell_characters: int = 32 * 1024
    max_record_characters: int = LARGEST_RECORD_CHARACTERS
    max_record_lines: int = 200
    # Measured: rows of a block that fits the processor's cache cost half of those of 1 MiB.
    block_bytes: int = 128 * 1024

    def __post_init__(self) -> None:
        if self.max_record_characters > LARGEST_RECORD_CHARACTERS:
            raise ValueError("csv.reader's own limit is 128 KiB, and it is shared by the process")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record starts: its row number, its byte in the plain (unpacked) file, its line."""

    row: int
    byte: int
    line: int


class RowFound(NamedTuple):
    """What was odd about a row. `code` is one of the found codes of `rows-received`.

    `cells` are the cells as they stood before they were laid onto the columns.
    """

    code: str
    sentence: str
    cells: list[str]


@dataclass(slots=True)
class Block:
    """Consecutive rows, each as wide as the header; `found` speaks of rows by their index here.

    Reading can be resumed at `position`, which is the first row's, and `end` is where it goes on.
    """

    first_row: int
    rows: list[list[str]]
    position: Position
    end: Position
    found: dict[int, RowFound] = field(default_factory=dict[int, RowFound])


def check_size(end: Position, limits: Limits) -> None:
    """Raises FileProblem where a file turns out to be larger than the published limits."""
    if end.row - 1 > limits.max_rows:
        raise FileProblem(
            "too_many_rows",
            f"The file has more than {limits.max_rows} rows.",
            "Split it into several files.",
        )
    if end.byte > limits.max_file_bytes:
        raise file_too_large(limits)


def file_too_large(limits: Limits) -> FileProblem:
    mebibytes = limits.max_file_bytes // MIB
    return FileProblem(
        "file_too_large",
        f"The file is larger than {mebibytes} MiB, unpacked.",
        "Split it into several files.",
    )
