"""JSON: arrays, wrapped arrays, lines; exact numbers; what a row and a file are refused for."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.events.rows_received import FOUND_CODES
from services.files.blocks import Limits
from services.files.json_files import JsonShape, read_json_rows, sniff_json
from services.files.problems import FileProblem
from services.files.signatures import detect_format
from tests.files.tables import codes


def read(text: str | bytes, limits: Limits | None = None):
    data = text.encode() if isinstance(text, str) else text
    shape = sniff_json(data)
    rows, found = [], {}
    for block in read_json_rows(io.BytesIO(data), shape, limits=limits):
        rows += block.rows
        found.update({block.first_row + index: odd for index, odd in block.found.items()})
    return shape, rows, found


def refusal(text: str) -> str:
    with pytest.raises(FileProblem) as caught:
        read(text)
    assert caught.value.way_on.endswith(".")
    return caught.value.code


LAYOUTS = {
    "array": '[{"a": "x", "b": 1.50}, {"b": 2, "a": null}]',
    "records": '{"config": {"z": [1]}, "records": [{"a": "x", "b": 1.50}, {"b": 2}], "n": 1}',
    "lines": '{"a": "x", "b": 1.50}\n\n{"b": 2}\r\n',
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_each_layout_gives_the_same_rows(layout: str, encoding: str) -> None:
    data = LAYOUTS[layout].encode(encoding)
    assert detect_format(data) == "json"
    shape, rows, found = read(data)
    assert (shape.layout, shape.headers) == (layout, ("a", "b"))
    assert rows == [["x", "1.50"], ["", "2"]]
    assert found == {}


@pytest.mark.parametrize(
    "literal", ["1250.00", "0.1", "1e400", "-0", "123456789012345678901234567890.123", "1E+2"]
)
def test_numbers_keep_their_exact_literal(literal: str) -> None:
    assert read(f'[{{"a": {literal}}}]')[1] == [[literal]]


def test_booleans_and_null_are_defined() -> None:
    assert read('[{"a": true, "b": false, "c": null}]')[1] == [["true", "false", ""]]


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ('{"a": {"b": 1}}', "nested_value"),
        ('{"a": [1, 2]}', "nested_value"),
        ("7", "not_an_object"),
        ('"text"', "not_an_object"),
        ("[1]", "not_an_object"),
        ("null", "not_an_object"),
        ('{"a": 1, "a": 2}', "malformed_json"),
        ('{"a": NaN}', "malformed_json"),
        ('{"a": -Infinity}', "malformed_json"),
        ('{"a": "\\ud800"}', "malformed_json"),
        ('{"a": "\\u0000"}', "null_bytes"),
        ('{"a": 1, "new": 2}', "ragged_long"),
        (json.dumps({"a": "x" * 40_000}), "oversize_cell"),
    ],
)
def test_a_bad_record_is_refused_alone_in_every_layout(record: str, code: str) -> None:
    good = '{"a": "fine"}'
    rest = '{"a": "after"}'
    many = "\n".join([good] * 1_000)
    lines = f"{many}\n{record}\n{rest}\n"
    array = "[" + ",".join([good] * 1_000) + f",{record},{rest}]"
    for text in (lines, array):
        _, rows, found = read(text)
        assert codes(found) == {1_001: code}
        assert code in FOUND_CODES
        assert len(rows) == 1_002
        assert rows[-1] == ["after"]
        "".join(cell for row in rows for cell in row).encode()


@pytest.mark.parametrize(
    "line", ['{"a": }', "{", '{"a": 1} x', "x", '{"a": "tab\there"}', "[" * 99_999]
)
def test_a_malformed_line_is_one_row_of_a_file_of_lines(line: str) -> None:
    _, rows, found = read(f'{{"a": 1}}\n{line}\n{{"a": 2}}\n')
    assert codes(found) == {2: "malformed_json"}
    assert (rows[0], rows[2]) == (["1"], ["2"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[]", "no_records"),
        ("[1, 2]", "no_records"),
        ('{"records": []}', "no_records"),
        ('{\n"a": 1\n}', "unknown_json_layout"),
        ('[{"a": 1}', "json_truncated"),
        ('[{"a": 1}, {"a"', "json_truncated"),
        ('{"records": [{"a": 1}', "json_truncated"),
        ('{"records": [{"a": 1}]', "malformed_json"),
        ('[{"a": 1}] more', "malformed_json"),
        ('[{"a": 1},' + " " * 10 + '{"a": }' + " " * 200_000 + "]", "malformed_json"),
        ('[{"a": 1},{"a": "' + "x" * 300_000 + '"}]', "malformed_json"),
        ('[{"a": 1} {"a": 2}' + " " * 200_000, "malformed_json"),
    ],
)
def test_what_cannot_be_read_further_is_refused_with_one_sentence(text: str, code: str) -> None:
    assert refusal(text) == code


def test_more_fields_than_columns_are_refused() -> None:
    with pytest.raises(FileProblem) as caught:
        sniff_json(json.dumps([{f"k{number}": 1 for number in range(1_001)}]).encode())
    assert caught.value.code == "too_many_columns"


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))
records = st.lists(
    st.dictionaries(st.sampled_from(["a", "b", "\u00e9", ""]), scalars), min_size=1, max_size=8
)


def as_text(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def read_blocks(data: bytes, shape: JsonShape, block_bytes: int):
    limits = Limits(block_bytes=block_bytes)
    return list(read_json_rows(io.BytesIO(data), shape, limits=limits))


@settings(max_examples=150)
@given(records, st.sampled_from(["array", "records", "lines"]), st.integers(1, 70), st.booleans())
def test_rows_are_the_records_whatever_the_blocks_and_resume_anywhere(
    items: list[dict[str, object]], layout: str, block_bytes: int, ascii_only: bool
) -> None:
    texts = [json.dumps(item, ensure_ascii=ascii_only) for item in items]
    joined = "\n".join(texts) if layout == "lines" else "[" + ",\n".join(texts) + "]"
    data = (f'{{"records": {joined}}}' if layout == "records" else joined).encode()
    if not any(items):
        return
    shape = sniff_json(data)
    whole = [row for block in read_blocks(data, shape, 1_000_000) for row in block.rows]
    blocks = read_blocks(data, shape, block_bytes)
    assert [row for block in blocks for row in block.rows] == whole
    assert whole == [
        [as_text(item.get(key)).replace("\x00", "\u2400") for key in shape.keys] for item in items
    ]
    for block in blocks:
        rest = list(read_json_rows(io.BytesIO(data), shape, start=block.position))
        assert [row for part in rest for row in part.rows] == whole[block.first_row - 1 :]


def rows_or_problem(data: bytes):
    try:
        return list(read_json_rows(io.BytesIO(data), sniff_json(data)))
    except FileProblem as problem:
        return problem


@settings(max_examples=300)
@given(
    st.one_of(
        st.binary(max_size=100),
        st.lists(
            st.sampled_from(
                [
                    "{",
                    "}",
                    "[",
                    "]",
                    '"a"',
                    ":",
                    ",",
                    "1",
                    "null",
                    "\n",
                    '"records"',
                    "\\",
                    '"',
                    "\u00e9",
                ]
            ),
            max_size=25,
        ).map(lambda parts: "".join(parts).encode()),
    )
)
def test_any_bytes_give_rows_or_one_clear_problem(data: bytes) -> None:
    outcome = rows_or_problem(data)
    if isinstance(outcome, FileProblem):
        assert outcome.sentence.endswith(".")
    else:
        assert all(len(row) == len(block.rows[0]) for block in outcome for row in block.rows)
