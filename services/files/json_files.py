"""JSON files: an array of objects, `{"records": [...]}`, or one object per line; in blocks.

Cells are text. A number keeps its exact literal (`1250.00`, never through a float); `true` and
`false` are these words, `null` and a key that is not there are the empty cell. Nested values and
keys that repeat are refused for their record; `NaN` and `Infinity` are no JSON. What makes a whole
file unreadable is a FileProblem; in a file of lines a bad line is one row.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final, Literal, cast

from services.files.blocks import Block, Limits, Position, check_size
from services.files.csv_records import split_lines
from services.files.encodings import (
    SAMPLE_BYTES,
    TextSource,
    byte_length,
    decode_sample,
    detect_encoding,
    mark_length,
    warn_of_encoding,
)
from services.files.header_rows import distinct_headers
from services.files.json_records import (
    Decoder,
    Malformed,
    lay_records,
    make_decoder,
    skip_space,
)
from services.files.line_pieces import LinePieces
from services.files.problems import FileProblem
from services.files.table_shapes import ShapeWarning

Layout = Literal["array", "records", "lines"]
_SAMPLED_RECORDS: Final = 1_000


@dataclass(frozen=True, slots=True)
class JsonShape:
    """All that reading needs. `keys` are exact; `headers` distinct, never blank, in their order."""

    encoding: str
    layout: Layout
    keys: tuple[str, ...]
    headers: tuple[str, ...]
    start: Position
    warnings: tuple[ShapeWarning, ...] = field(default=())

    @property
    def width(self) -> int:
        return len(self.headers)


def sniff_json(sample: bytes, *, limits: Limits | None = None) -> JsonShape:
    """The shape of a JSON file that starts with `sample`; its keys are those of the first records.

    Raises FileProblem where these are no records.
    """
    limits = limits or Limits()
    guess = detect_encoding(sample)
    encoding = guess.name
    mark = mark_length(sample, encoding)
    text = decode_sample(sample[mark:SAMPLE_BYTES], encoding)
    layout, index = _find_layout(text)
    keys = _collect_keys(text, index, layout)
    if not keys:
        raise FileProblem(
            "no_records", "The file holds no records.", "Write an array of objects with fields."
        )
    if len(keys) > limits.max_columns:
        raise FileProblem(
            "too_many_columns",
            f"The records have {len(keys)} fields; {limits.max_columns} can be read.",
            "Leave out fields that are not needed.",
        )
    headers, warnings = distinct_headers(keys)
    byte = mark + byte_length(text[:index], encoding)
    start = Position(1, byte, text.count("\n", 0, index) + 1)
    warnings = warn_of_encoding(guess) + warnings
    return JsonShape(encoding, layout, tuple(keys), headers, start, warnings)


def read_json_rows(
    stream: BinaryIO,
    shape: JsonShape,
    *,
    limits: Limits | None = None,
    start: Position | None = None,
) -> Iterator[Block]:
    """The records as rows, in blocks; as `csv_files.read_rows`."""
    limits = limits or Limits()
    position = start or shape.start
    source = TextSource(stream, shape.encoding, start_byte=position.byte)
    if shape.layout == "lines":
        batches = _read_lines(source, shape, limits)
    else:
        batches = _read_array(source, shape, limits, first=position == shape.start)
    for values, taken, unseen_bytes in batches:
        rows, found = lay_records(values, shape.keys, limits=limits, text=taken)
        end = Position(
            row=position.row + len(rows),
            byte=position.byte + byte_length(taken, shape.encoding) + unseen_bytes,
            line=position.line + taken.count("\n"),
        )
        check_size(end, limits)
        if rows:
            yield Block(position.row, rows, position, end, found)
        position = end


_Batch = tuple[list[object], str, int]


def _read_lines(source: TextSource, shape: JsonShape, limits: Limits) -> Iterator[_Batch]:
    pieces = LinePieces(source, shape.encoding, limits)
    decode = make_decoder()
    while (piece := pieces.next_piece()) is not None:
        lines = (line.strip(" \t\r\n") for line in split_lines(piece.text))
        values = [_decode_line(line, decode, limits) for line in lines if line]
        yield values, piece.text, piece.unseen_bytes


def _decode_line(line: str, decode: Decoder, limits: Limits) -> object:
    decoded = None if len(line) > limits.max_record_characters else decode(line, 0)
    if decoded is None or decoded.end != len(line):
        return Malformed(line)
    return decoded.value


def _read_array(
    source: TextSource, shape: JsonShape, limits: Limits, *, first: bool
) -> Iterator[_Batch]:
    decode = make_decoder()
    text, closed = "", False
    while not closed:
        text += source.read(limits.block_bytes)
        values, taken, closed = _take_elements(text, decode, limits, first=first)
        if not closed and (source.ended or len(text) - taken > limits.max_record_characters + 2):
            raise _malformed(source.ended)
        first = first and not values
        yield values, text[:taken], 0
        text = text[taken:]
    _check_rest(text, source, shape.layout)


def _take_elements(
    text: str, decode: Decoder, limits: Limits, *, first: bool
) -> tuple[list[object], int, bool]:
    """Whole elements at the start; where the last one ends; whether the array was closed."""
    values: list[object] = []
    taken = 0
    while True:
        index = skip_space(text, taken)
        if text[index : index + 1] == "]":
            return values, index + 1, True
        if values or not first:
            if text[index : index + 1] != ",":
                return values, taken, False
            index = skip_space(text, index + 1)
        decoded = decode(text, index)
        # A number that ends with the text may go on behind it.
        if decoded is None or (decoded.end == len(text) and not decoded.is_object):
            return values, taken, False
        if decoded.end - index > limits.max_record_characters:
            raise _malformed(False)
        values.append(decoded.value)
        taken = decoded.end


def _check_rest(text: str, source: TextSource, layout: Layout) -> None:
    """After the array: nothing, or (in an object) other keys, which are of no concern here."""
    while not source.ended and not text.strip():
        text = source.read(SAMPLE_BYTES)
    rest = text.strip()[:1]
    if rest not in (("",) if layout == "array" else ("}", ",")):
        raise _malformed(False)


def _find_layout(text: str) -> tuple[Layout, int]:
    """The layout, and the index where the records start: behind `[`, or at the first line."""
    index = skip_space(text, 0)
    opening = text[index : index + 1]
    if opening == "[":
        return "array", index + 1
    records = _find_records_key(text, index + 1) if opening == "{" else None
    if records is not None:
        return "records", records
    first_line = text[index:].split("\n", 1)[0].rstrip()
    decoded = make_decoder()(first_line, 0)
    if decoded is None or decoded.end != len(first_line):
        raise FileProblem(
            "unknown_json_layout",
            "The file is JSON, but neither a list of records nor one record per line.",
            'Write [{…}, {…}], {"records": [{…}]}, or one object on each line.',
        )
    return "lines", index


def _find_records_key(text: str, index: int) -> int | None:
    """Where the elements of a top-level `records` array start."""
    decode = make_decoder()
    while True:
        key = decode(text, skip_space(text, index))
        if key is None:
            return None
        index = skip_space(text, key.end)
        if text[index : index + 1] != ":":
            return None
        index = skip_space(text, index + 1)
        if key.value == "records" and text[index : index + 1] == "[":
            return index + 1
        value = decode(text, index)
        if value is None:
            return None
        index = skip_space(text, value.end)
        if text[index : index + 1] != ",":
            return None
        index += 1


def _collect_keys(text: str, index: int, layout: Layout) -> list[str]:
    decode, limits = make_decoder(), Limits()
    if layout == "lines":
        lines = [line.strip() for line in split_lines(text[index:])][:_SAMPLED_RECORDS]
        values = [_decode_line(line, decode, limits) for line in lines if line]
    else:
        values = _take_elements(text[index:], decode, limits, first=True)[0][:_SAMPLED_RECORDS]
    keys: dict[str, None] = {}
    for value in values:
        if isinstance(value, dict):
            keys.update(dict.fromkeys(cast(dict[str, object], value)))
    return list(keys)


def _malformed(ended: bool) -> FileProblem:
    if ended:
        return FileProblem(
            "json_truncated",
            "The file ends in the middle of its records, or the last one is not valid JSON.",
            "Check its end, and upload it again.",
        )
    return FileProblem(
        "malformed_json",
        "A record is not valid JSON, or it is longer than 128 KiB.",
        "Correct it at the source, or write one object per line: then only bad lines are refused.",
    )
