"""What holds for every CSV file: round trips, block borders, resuming, any bytes."""

import io
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contracts.events.rows_received import FOUND_CODES
from services.files.blocks import Block, Limits, Position, RowFound
from services.files.csv_files import read_rows, sniff_table
from services.files.csv_output import format_row, format_rows
from services.files.encodings import byte_length
from services.files.problems import FileProblem
from services.files.table_shapes import Dialect, ShapeChoices, TableShape

NASTY = ['"', ",", ";", "\n", "\r", "\r\n", "'", "\\", "\t", " ", "a", "1,250.00", "\u2028", "\x85"]
nasty_cells = st.lists(
    st.one_of(
        st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"]), max_size=3)
    ),
    max_size=5,
).map("".join)
encodings = st.sampled_from(["utf-8", "utf-16-le", "utf-32-be"])
SMALL = Limits(max_record_lines=6, max_record_characters=200, max_cell_characters=60)


def shape_of(width: int, *, encoding: str = "utf-8", dialect: Dialect | None = None) -> TableShape:
    headers = tuple(f"c{number}" for number in range(width))
    return TableShape(
        encoding, 1.0, dialect or Dialect(), "\n", None, headers, (), Position(1, 0, 1)
    )


def read_all(
    data: bytes, shape: TableShape, limits: Limits, start: Position | None = None
) -> tuple[list[list[str]], dict[int, RowFound], list[Block]]:
    blocks = list(read_rows(io.BytesIO(data), shape, limits=limits, start=start, money_columns={1}))
    rows = [row for block in blocks for row in block.rows]
    found = {block.first_row + index: odd for block in blocks for index, odd in block.found.items()}
    return rows, found, blocks


@given(
    st.integers(2, 5).flatmap(
        lambda width: st.lists(
            st.lists(nasty_cells, min_size=width, max_size=width), min_size=1, max_size=8
        )
    ),
    encodings,
    st.sampled_from(",;\t|"),
)
def test_what_is_written_is_read_as_it_was(
    rows: list[list[str]], encoding: str, delimiter: str
) -> None:
    text = "".join(format_rows(rows, delimiter=delimiter))
    shape = shape_of(len(rows[0]), encoding=encoding, dialect=Dialect(delimiter=delimiter))
    read, found, _ = read_all(text.encode(encoding), shape, Limits(block_bytes=64))
    expected = [[cell.replace("\x00", "\u2400") for cell in row] for row in rows]
    assert read == expected
    assert {odd.code for odd in found.values()} <= {"null_bytes"}


@given(st.lists(nasty_cells, min_size=1, max_size=6))
def test_a_table_of_one_column_goes_round(cells: list[str]) -> None:
    text = "".join(format_row([cell]) for cell in cells)
    read, _, _ = read_all(text.encode(), shape_of(1), Limits())
    assert read == [[cell.replace("\x00", "\u2400")] for cell in cells]


raw_texts = st.lists(
    st.sampled_from(
        [
            *NASTY,
            "ab",
            "b\n",
            '"x',
            'y"',
            '""',
            ",,",
            "$1,250.00",
            "x" * 70,
            "\x00",
            "\u00e9",
            "\n\n",
        ]
    ),
    max_size=60,
).map("".join)
dialects = st.sampled_from(
    [
        Dialect(),
        Dialect(quote=None),
        Dialect(quote="'"),
        Dialect(escape="\\"),
        Dialect(skip_initial_space=True),
        Dialect(delimiter=";"),
    ]
)
tables = st.tuples(st.integers(1, 4), dialects, encodings)


@settings(max_examples=300)
@given(raw_texts, tables, st.integers(1, 90))
@example('a,"b\nc,d\n' * 4, (2, Dialect(), "utf-8"), 5)
@example('a",,"c\n' * 12, (3, Dialect(), "utf-8"), 7)
@example("x" * 500 + "\r\ny,z\n", (2, Dialect(), "utf-8"), 3)
@example('"' + "x" * 500 + '\r"y",z\n', (2, Dialect(), "utf-16-le"), 4)
@example('1,"open\n' + "x" * 300 + "\n2,3\n", (2, Dialect(), "utf-8"), 50)
def test_block_borders_never_change_the_result(
    text: str, table: tuple[int, Dialect, str], block_bytes: int
) -> None:
    width, dialect, encoding = table
    data = text.encode(encoding)
    shape = shape_of(width, encoding=encoding, dialect=dialect)
    whole = read_all(data, shape, replace(SMALL, block_bytes=1_000_000))
    parts = read_all(data, shape, replace(SMALL, block_bytes=block_bytes))
    assert parts[0] == whole[0]
    assert parts[1] == whole[1]
    if whole[2] and parts[2]:
        assert parts[2][-1].end.row == whole[2][-1].end.row


@settings(max_examples=200)
@given(raw_texts, tables, st.integers(1, 90), st.integers(1, 90))
def test_reading_resumes_at_every_position_with_the_same_rest(
    text: str, table: tuple[int, Dialect, str], block_bytes: int, other_bytes: int
) -> None:
    width, dialect, encoding = table
    data = text.encode(encoding)
    shape = shape_of(width, encoding=encoding, dialect=dialect)
    rows, found, blocks = read_all(data, shape, replace(SMALL, block_bytes=block_bytes))
    for block in blocks:
        for position in (block.position, block.end):
            limits = replace(SMALL, block_bytes=other_bytes)
            rest, rest_found, _ = read_all(data, shape, limits, position)
            assert rest == rows[position.row - 1 :]
            assert rest_found == {row: odd for row, odd in found.items() if row >= position.row}


@settings(max_examples=200)
@given(raw_texts, st.integers(1, 4), dialects, st.integers(1, 90))
def test_rows_are_numbered_without_gaps_and_as_wide_as_the_header(
    text: str, width: int, dialect: Dialect, block_bytes: int
) -> None:
    limits = replace(SMALL, block_bytes=block_bytes)
    rows, found, blocks = read_all(text.encode(), shape_of(width, dialect=dialect), limits)
    number = 1
    for block in blocks:
        assert block.first_row == block.position.row == number
        assert all(0 <= index < len(block.rows) for index in block.found)
        number += len(block.rows)
        assert block.end.row == number
    assert {len(row) for row in rows} <= {width}
    assert all("\x00" not in cell for row in rows for cell in row)
    assert all(len(cell) <= SMALL.max_cell_characters for row in rows for cell in row)
    assert all(odd.sentence.endswith(".") for odd in found.values())
    assert {odd.code for odd in found.values()} <= set(FOUND_CODES)


@settings(max_examples=100)
@given(raw_texts, st.integers(1, 90))
def test_positions_count_the_bytes_and_lines_before_them(text: str, block_bytes: int) -> None:
    limits = replace(SMALL, block_bytes=block_bytes)
    for encoding in ("utf-8", "utf-16-le"):
        data = text.encode(encoding)
        _, _, blocks = read_all(data, shape_of(2, encoding=encoding), limits)
        for block in blocks:
            before = data[: block.position.byte].decode(encoding)
            assert byte_length(before, encoding) == block.position.byte
            assert (
                block.position.line
                == before.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
            )


def rows_or_problem(data: bytes, choices: ShapeChoices | None) -> Sequence[Block] | FileProblem:
    try:
        shape = sniff_table(data, choices=choices)
        return list(read_rows(io.BytesIO(data), shape, money_columns={0, 1}))
    except FileProblem as problem:
        return problem


@settings(max_examples=300)
@given(
    st.one_of(
        st.binary(max_size=300),
        raw_texts.map(str.encode),
        raw_texts.map(lambda text: text.encode("utf-16")),
        raw_texts.map(lambda text: text.encode("cp1252", "ignore")),
    ),
    st.sampled_from(
        [
            None,
            ShapeChoices(header_row="none"),
            ShapeChoices(header_row=2),
            ShapeChoices(encoding="latin-1", delimiter="|", quote="none"),
            ShapeChoices(encoding="utf-16-le"),
        ]
    ),
)
def test_any_bytes_give_rows_or_one_clear_problem(
    data: bytes, choices: ShapeChoices | None
) -> None:
    outcome = rows_or_problem(data, choices)
    if isinstance(outcome, FileProblem):
        assert outcome.code.isidentifier()
        assert outcome.sentence.endswith(".")
        assert outcome.way_on.endswith(".")


def test_a_stray_quote_in_every_line_is_read_in_time_that_grows_with_the_file() -> None:
    text = 'a",,"c\n' * 2_000
    rows, found, _ = read_all(text.encode(), shape_of(3), Limits())
    assert len(rows) == 2_000
    assert {odd.code for odd in found.values()} == {"unclosed_quote"}


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_line_of_many_megabytes_is_read_in_flat_memory(ending: str) -> None:
    class Endless(io.RawIOBase):
        """One giant line in the middle, without its bytes ever standing in memory at once."""

        def __init__(self) -> None:
            super().__init__()
            head, tail = f"a,b{ending}".encode(), f"{ending}c,d{ending}".encode()
            self.pieces = iter([head, *([b"x" * 65_536] * 400), tail])
            self.largest = 0

        def read(self, size: int = -1, /) -> bytes:
            return next(self.pieces, b"")

        def seekable(self) -> bool:
            return False

    blocks = list(read_rows(Endless(), shape_of(2)))  # pyright: ignore[reportArgumentType]
    rows = [row for block in blocks for row in block.rows]
    assert [rows[0], rows[2]] == [["a", "b"], ["c", "d"]]
    codes = [odd.code for block in blocks for odd in block.found.values()]
    assert codes == ["oversize_cell"]
    assert max(len(cell) for row in rows for cell in row) <= Limits().max_cell_characters
    size = 400 * 65_536 + 2 * len(ending) + 3 + 3 + len(ending)
    assert blocks[-1].end == Position(4, size, 4)
