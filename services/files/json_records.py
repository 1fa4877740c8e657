"""JSON values one after another, with exact number literals; and records laid onto columns."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, cast

from services.files.blocks import Limits, RowFound
from services.files.ragged_rows import find_oversize_cells, show_nul

_SPACE = re.compile(r"[ \t\n\r]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_JSON: Final = object()
_TEXT_ONLY: Final = frozenset((str,))
_SENTENCES: Final = {
    "nested_value": "A record must be flat: put the parts of a nested value into fields of their "
    "own.",
    "not_an_object": "This is no record: write an object with field names and values.",
    "ragged_long": "The record has fields that the first thousand records do not have: add them "
    "there, too.",
}
MALFORMED: Final = "This is not valid JSON, or it is longer than a record may be."
_REPEATED: Final = "A field name stands twice in this record: keep one."
_NOT_FINITE: Final = "NaN and Infinity are no JSON values: write a number, or null."
_BROKEN: Final = "Half a character stands in this record: the source cut a text."


class RepeatedKeys(dict[str, object]):
    """An object in which a key stands more than once."""


class Malformed(NamedTuple):
    """In a file of lines: a line that is no JSON."""

    text: str
    sentence: str = MALFORMED


class Decoded(NamedTuple):
    """A value, and the index behind it."""

    value: object
    end: int

    @property
    def is_object(self) -> bool:
        return isinstance(self.value, dict)


Decoder = Callable[[str, int], Decoded | None]


def make_decoder() -> Decoder:
    """Decodes the value at an index; None where there is no whole and valid one."""
    decoder = json.JSONDecoder(
        object_pairs_hook=_to_object,
        parse_float=str,
        parse_int=str,
        parse_constant=lambda _: _NO_JSON,
    )

    def decode(text: str, index: int) -> Decoded | None:
        try:
            return Decoded(*decoder.raw_decode(text, index))
        except (ValueError, RecursionError):
            return None

    return decode


def skip_space(text: str, index: int) -> int:
    """The index of the next character that is no JSON white space."""
    match = _SPACE.match(text, index)
    return index if match is None else match.end()


def _to_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else RepeatedKeys(found)


def lay_records(
    values: Sequence[object], keys: Sequence[str], *, limits: Limits, text: str
) -> tuple[list[list[str]], dict[int, RowFound]]:
    """Rows as wide as `keys`, and what was found in odd ones; `text` is what they came from."""
    columns = {key: column for column, key in enumerate(keys)}
    rows: list[list[str]] = []
    found: dict[int, RowFound] = {}
    in_order = list(keys)
    for index, value in enumerate(values):
        if value.__class__ is dict:
            record = cast(dict[str, object], value)
            row = list(record.values())
            # Most records repeat the keys of the first one, and hold texts and numbers only.
            if list(record) == in_order and _TEXT_ONLY.issuperset(map(type, row)):
                rows.append(cast(list[str], row))
                continue
        row, odd = _lay_record(value, columns, limits)
        if odd is not None:
            found[index] = odd
        rows.append(row)
    # Only an escape can bring in what text itself cannot hold.
    if "\\u" in text:
        show_nul(rows, found)
        _replace_surrogates(rows, found)
    find_oversize_cells(rows, found, limits.max_cell_characters)
    return rows, found


def _lay_record(
    value: object, columns: Mapping[str, int], limits: Limits
) -> tuple[list[str], RowFound | None]:
    if not isinstance(value, dict):
        return _lay_no_object(value, len(columns), limits)
    record = cast(dict[str, object], value)
    row = [""] * len(columns)
    extra: list[str] = []
    code = sentence = None
    for key, item in record.items():
        cell = item if isinstance(item, str) else _cell(item)
        column = columns.get(key)
        if column is None:
            extra.append(cell)
        else:
            row[column] = cell
        if isinstance(item, dict | list):
            code = "nested_value"
        elif item is _NO_JSON:
            code, sentence = "malformed_json", _NOT_FINITE
    if isinstance(record, RepeatedKeys):
        code, sentence = "malformed_json", _REPEATED
    elif extra and code is None:
        code = "ragged_long"
    if code is None:
        return row, None
    return row, RowFound(code, sentence or _SENTENCES[code], row + extra)


def _lay_no_object(value: object, width: int, limits: Limits) -> tuple[list[str], RowFound | None]:
    malformed = isinstance(value, Malformed)
    text = value.text if malformed else value if isinstance(value, str) else _cell(value)
    cells = [text[: limits.max_cell_characters]]
    row = (cells + [""] * width)[:width]
    if malformed:
        return row, RowFound("malformed_json", value.sentence, cells)
    return row, RowFound("not_an_object", _SENTENCES["not_an_object"], cells)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "NaN" if value is _NO_JSON else "{…}" if isinstance(value, dict) else "[…]"


def _replace_surrogates(rows: list[list[str]], found: dict[int, RowFound]) -> None:
    for index, row in enumerate(rows):
        odd = found.get(index)
        cells = row if odd is None else row + odd.cells
        if any(_SURROGATE.search(cell) for cell in cells):
            rows[index] = whole = [_SURROGATE.sub("\ufffd", cell) for cell in row]
            originals = whole if odd is None else [_SURROGATE.sub("\ufffd", c) for c in odd.cells]
            sentence = _BROKEN if odd is None else odd.sentence
            code = "malformed_json" if odd is None else odd.code
            found[index] = RowFound(code, sentence, originals)
