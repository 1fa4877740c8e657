"""What shape a CSV table has: encoding, dialect, header, first data row; each may be overridden."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final, Literal, NamedTuple

from services.files.blocks import Limits, Position
from services.files.csv_records import line_ending, read_sample_records, split_lines
from services.files.dialects import detect_dialect, is_declaration
from services.files.encodings import (
    SAMPLE_BYTES,
    EncodingGuess,
    byte_length,
    decode_sample,
    detect_encoding,
    known_encoding,
    mark_length,
    warn_of_encoding,
)
from services.files.header_rows import HeaderFound, distinct_headers, find_header
from services.files.line_pieces import last_line_end
from services.files.problems import FileProblem
from services.files.signatures import refuse_foreign_content
from services.files.table_shapes import ShapeChoices, TableShape

_JUDGED_LINES: Final = 200


def sniff_table(
    sample: bytes,
    *,
    choices: ShapeChoices | None = None,
    known_headers: Collection[str] = frozenset(),
    limits: Limits | None = None,
) -> TableShape:
    """The shape of a table that starts with `sample`, the first 256 KiB or the whole file.

    `known_headers` (as of `normalise_header`) help to tell the header and the delimiter. Raises
    FileProblem where this is no table that can be read.
    """
    choices = choices or ShapeChoices()
    refuse_foreign_content(sample, chosen_encoding=choices.encoding)
    guess = _find_encoding(sample, choices.encoding)
    start = mark_length(sample, guess.name)
    text = _whole_lines(decode_sample(sample[start:SAMPLE_BYTES], guess.name), sample)
    dialect = detect_dialect(
        text, delimiter=choices.delimiter, quote=choices.quote, known_headers=known_headers
    )
    shape = TableShape(
        encoding=guess.name,
        encoding_confidence=guess.confidence,
        dialect=dialect,
        newline=line_ending(text[: text.find("\n") + 1] or text) or "\n",
        header_row=None,
        headers=(),
        original_headers=(),
        start=Position(1, start, 1),
        warnings=warn_of_encoding(guess),
    )
    lines = split_lines(text)
    records = _find_records(shape, lines, choices)
    found = _find_header(records, choices.header_row, known_headers)
    return _check_columns(_with_header(shape, lines, records, found), limits or Limits())


def _find_encoding(sample: bytes, chosen: str | None) -> EncodingGuess:
    if chosen is None:
        return detect_encoding(sample)
    name = known_encoding(chosen)
    return EncodingGuess(name, 1.0, has_bom=mark_length(sample, name) > 0)


def _whole_lines(text: str, sample: bytes) -> str:
    """Without the line that the end of the sample has cut."""
    cut = last_line_end(text)
    if len(sample) < SAMPLE_BYTES:
        return text
    if not cut:
        raise FileProblem(
            "first_line_too_long",
            "The first line of the file does not end within 256 KiB.",
            "Check that the file is a table with line ends.",
        )
    return text[:cut]


class _SampleRecord(NamedTuple):
    cells: list[str]
    first_line: int
    end_line: int


def _sample_records(lines: Sequence[str], shape: TableShape, skip: int) -> list[_SampleRecord]:
    """The first records that are not blank, from line `skip` (counted from 0) on."""
    found = read_sample_records(list(lines[skip : skip + _JUDGED_LINES]), shape.dialect)
    return [
        _SampleRecord(cells, skip + start, skip + end)
        for cells, (start, end) in zip(found.cells, found.spans, strict=True)
        if any(cell.strip() for cell in cells) and not is_declaration(lines[skip + start])
    ]


def _find_records(
    shape: TableShape, lines: Sequence[str], choices: ShapeChoices
) -> list[_SampleRecord]:
    skip = choices.header_row - 1 if isinstance(choices.header_row, int) else 0
    records = _sample_records(lines, shape, max(0, skip))
    if not records:
        raise FileProblem(
            "header_row_missing",
            "There is no row where the header should be.",
            "Choose another header row.",
        )
    return records


def _with_header(
    shape: TableShape, lines: Sequence[str], records: Sequence[_SampleRecord], found: HeaderFound
) -> TableShape:
    header = None if found.header is None else records[found.header]
    if header is None:
        widths = Counter(len(record.cells) for record in records[found.first_data :])
        names, warnings = distinct_headers([""] * widths.most_common(1)[0][0])[0], ()
        start_line = records[found.first_data].first_line
    else:
        names, warnings = distinct_headers(header.cells)
        start_line = header.end_line
    start_byte = shape.start.byte + byte_length("".join(lines[:start_line]), shape.encoding)
    return replace(
        shape,
        header_row=None if header is None else header.first_line + 1,
        headers=names,
        original_headers=() if header is None else tuple(header.cells),
        start=Position(1, start_byte, start_line + 1),
        warnings=shape.warnings + found.warnings + warnings,
    )


def _check_columns(shape: TableShape, limits: Limits) -> TableShape:
    if shape.width > limits.max_columns:
        raise FileProblem(
            "too_many_columns",
            f"The file has {shape.width} columns; {limits.max_columns} can be read.",
            "Remove columns that are not needed, or check the delimiter.",
        )
    return shape


def _find_header(
    records: Sequence[_SampleRecord],
    chosen: int | Literal["none"] | None,
    known_headers: Collection[str],
) -> HeaderFound:
    if chosen == "none":
        return HeaderFound(None, 0, ())
    if chosen is not None:
        return HeaderFound(0, 1, ())
    return find_header([record.cells for record in records], known_headers)
