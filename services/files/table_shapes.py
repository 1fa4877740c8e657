"""The shape of a CSV table: what was detected or chosen, and is then kept, shown and overridden."""

from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from services.files.blocks import Position

DELIMITERS: Final = (",", ";", "\t", "|", "^", "~")


class ShapeWarning(NamedTuple):
    """Something about the whole file that a person should look at."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are separated and quoted; `quote` is None where nothing is ever quoted."""

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    skip_initial_space: bool = False


@dataclass(frozen=True, slots=True)
class ShapeChoices:
    """What a person has set; None means: detect it. `header_row` is the line's number from 1."""

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | Literal["none"] | None = None
    header_row: int | Literal["none"] | None = None


@dataclass(frozen=True, slots=True)
class TableShape:
    """All that reading needs. `start` is the first data record; `header_row` is None without one.

    `headers` are distinct and never blank; `original_headers` are the cells as they stand.
    """

    encoding: str
    encoding_confidence: float
    dialect: Dialect
    newline: str
    header_row: int | None
    headers: tuple[str, ...]
    original_headers: tuple[str, ...]
    start: Position
    warnings: tuple[ShapeWarning, ...] = field(default=())

    @property
    def width(self) -> int:
        return len(self.headers)
