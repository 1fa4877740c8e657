"""A source file as a table: its shape, kept as JSON; first rows; blocks. To be run in a thread."""

import io
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Final

from pydantic import TypeAdapter

from contracts.api.imports import TableOverrides
from services.files.archives import (
    ArchiveLimits,
    Container,
    detect_container,
    open_plain,
    read_sample,
)
from services.files.blocks import Block, Limits, Position
from services.files.csv_files import ShapeChoices, TableShape, read_rows, sniff_table
from services.files.encodings import SAMPLE_BYTES, known_encoding
from services.files.json_files import JsonShape, read_json_rows, sniff_json
from services.files.problems import FileProblem
from services.files.signatures import detect_format
from services.ingest.handlers.facilities import SAMPLE_BLOCK_BYTES
from services.values.text import normalise_header

Shape = TableShape | JsonShape
_CSV: Final = TypeAdapter(TableShape)
_JSON: Final = TypeAdapter(JsonShape)
_SAMPLED_ROWS: Final = 20


@dataclass(frozen=True, slots=True)
class Inspected:
    """What the first bytes of a file say: what it is packed in, its shape, and some rows as wide
    as its columns."""

    container: Container
    shape: Shape
    rows: list[list[str]]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.shape.headers

    def samples(self) -> dict[str, list[str]]:
        """Cells of the first rows, by column."""
        return {
            column: [row[index] for row in self.rows] for index, column in enumerate(self.columns)
        }


def to_choices(overrides: TableOverrides) -> ShapeChoices:
    """Raises FileProblem for an encoding that is not known."""
    if overrides.encoding is not None:
        known_encoding(overrides.encoding)
    return ShapeChoices(
        encoding=overrides.encoding,
        delimiter=overrides.delimiter,
        header_row="none" if overrides.header_row == 0 else overrides.header_row,
    )


def dump_shape(inspected: Inspected) -> dict[str, Any]:
    """The shape as it is stored, with what people are shown of it at the top."""
    shape = inspected.shape
    is_table = isinstance(shape, TableShape)
    adapter: TypeAdapter[Any] = _CSV if is_table else _JSON
    return {
        "format": "csv" if is_table else "json",
        "container": inspected.container,
        "encoding": shape.encoding,
        "delimiter": shape.dialect.delimiter if is_table else None,
        "header_row": shape.header_row if is_table else None,
        "warnings": [warning._asdict() for warning in shape.warnings],
        "shape": adapter.dump_python(shape, mode="json"),
    }


def load_shape(stored: dict[str, Any]) -> Shape:
    """The inverse of `dump_shape`."""
    adapter = _CSV if stored["format"] == "csv" else _JSON
    return adapter.validate_python(stored["shape"], strict=False)


def inspect_table(
    stream: BinaryIO,
    choices: ShapeChoices,
    *,
    known_headers: Collection[str],
    money_headers: Collection[str],
    limits: Limits,
    archive_limits: ArchiveLimits,
) -> Inspected:
    """The shape by a bounded sample; raises FileProblem where this is no table. Headers are given
    normalised.
    """
    container = detect_container(read_sample(stream, 4))
    stream.seek(0)
    plain = open_plain(stream, archive_limits)
    sample = read_sample(plain, SAMPLE_BYTES)
    if choices == ShapeChoices() and detect_format(sample) == "json":
        shape: Shape = sniff_json(sample, limits=limits)
    else:
        shape = sniff_table(sample, choices=choices, known_headers=known_headers, limits=limits)
    # Nothing is mapped yet: rows cut at an amount's comma are repaired by the headers' names.
    money = [
        index for index, name in enumerate(shape.headers) if normalise_header(name) in money_headers
    ]
    return Inspected(container, shape, _read_first_rows(sample, shape, limits, money))


def _read_first_rows(
    sample: bytes, shape: Shape, limits: Limits, money_columns: Collection[int]
) -> list[list[str]]:
    """In small blocks, so that the cut end of the sample is not reached in vain."""
    rows: list[list[str]] = []
    small = replace(limits, block_bytes=SAMPLE_BLOCK_BYTES)
    plain = io.BytesIO(sample)
    with suppress(FileProblem):
        for block in read_blocks(plain, shape, limits=small, money_columns=money_columns):
            rows += block.rows
            if len(rows) >= _SAMPLED_ROWS:
                break
    return rows[:_SAMPLED_ROWS]


def read_blocks(
    plain: BinaryIO,
    shape: Shape,
    *,
    limits: Limits,
    money_columns: Collection[int] = (),
    start: Position | None = None,
) -> Iterator[Block]:
    """The rows of a plain file from its beginning, or from the start of a block."""
    if isinstance(shape, TableShape):
        return read_rows(plain, shape, limits=limits, money_columns=money_columns, start=start)
    return read_json_rows(plain, shape, limits=limits, start=start)
