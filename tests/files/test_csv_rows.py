"""Odd rows: what is repaired, warned of and refused, each as a careful person would read it."""

import io
from itertools import pairwise

import pytest

from services.files.blocks import Limits
from services.files.csv_files import read_rows, repair_split_money
from services.files.problems import FileProblem
from tests.files.tables import codes, read, sniff

GUIDE = (
    "AccountName,Balance,Status,Agent,DueDate,CustomParameter1,CustomParameter2\n"
    '"ABC Corporation",$1,250.00,Active,agent1@example.com,2024-01-15,Value1,Value2\n'
)


def rows_of(text: str, money: set[int] | None = None, limits: Limits | None = None):
    return read(text.encode(), sniff(text), money_columns=money or set(), limits=limits)


def test_the_guides_own_row_is_repaired_with_a_warning() -> None:
    rows, found = rows_of(GUIDE, {1})
    assert rows == [
        [
            "ABC Corporation",
            "$1,250.00",
            "Active",
            "agent1@example.com",
            "2024-01-15",
            "Value1",
            "Value2",
        ]
    ]
    assert codes(found) == {1: "repaired"}
    assert found[1].cells[1:3] == ["$1", "250.00"]


def test_the_guides_row_is_refused_where_no_money_column_is_known() -> None:
    _, found = rows_of(GUIDE)
    assert codes(found) == {1: "ragged_long"}
    assert len(found[1].cells) == 8


@pytest.mark.parametrize(
    ("cells", "width", "money", "expected"),
    [
        (["A", "$1", "250.00", "x"], 3, {1}, ["A", "$1,250.00", "x"]),
        (["A", "1", "250", "000.00", "x"], 3, {1}, ["A", "1,250,000.00", "x"]),
        (["A", "($1", "250.00)", "x"], 3, {1}, ["A", "($1,250.00)", "x"]),
        (["A", "-1", "250", "x"], 3, {1}, ["A", "-1,250", "x"]),
        (["1", "250", "9", "999.00"], 2, {0, 1}, ["1,250", "9,999.00"]),
        (["A", "7", "x", "1", "250.00"], 4, {1, 3}, ["A", "7", "x", "1,250.00"]),
        # Not three digits, letters, no amount at all: no way.
        (["A", "1", "25", "x"], 3, {1}, None),
        (["A", "B", "5.00", "x"], 3, {1}, None),
        (["Smith", "John", "5.00"], 2, {1}, None),
        (["A", "1", "250", "x", "y"], 3, {1}, None),
        # Two ways: 1,250 and 300, or 1 and 250,300.
        (["1", "250", "300"], 2, {0, 1}, None),
        # The other money column would hold a word.
        (["A", "1", "250.00", "word"], 3, {1, 2}, None),
        (["A", "1", "250.00"], 2, set(), None),
    ],
)
def test_a_cut_amount_is_joined_only_in_the_one_way_that_fits(
    cells: list[str], width: int, money: set[int], expected: list[str] | None
) -> None:
    assert repair_split_money(cells, width, money) == expected


def test_a_search_without_end_is_given_up_and_not_guessed() -> None:
    assert repair_split_money(["1"] + ["250"] * 60, 40, set(range(40))) is None


def test_a_cell_of_a_hundred_thousand_spaces_does_not_stop_reading() -> None:
    row = "1," + " " * 100_000 + ",x\n"
    rows, found = rows_of("a,b\n" + row * 20, {0, 1})
    assert len(rows) == 20
    assert set(codes(found).values()) == {"oversize_cell"}


def test_amounts_are_not_joined_in_a_table_of_another_delimiter() -> None:
    _, found = rows_of("Name;Balance;Due\nA;1;250;2024-01-01\nB;2;2024-01-01\n", {1})
    assert codes(found) == {1: "ragged_long"}


def test_short_rows_are_padded_and_said() -> None:
    rows, found = rows_of("a,b,c\n1,2,3\n4\n")
    assert rows == [["1", "2", "3"], ["4", "", ""]]
    assert codes(found) == {2: "ragged_short"}
    assert found[2].cells == ["4"]


def test_blank_cells_beyond_the_header_are_no_matter() -> None:
    assert rows_of("a,b\n1,2,,\n3,4, \n") == ([["1", "2"], ["3", "4"]], {})


def test_long_rows_are_refused_and_keep_their_cells() -> None:
    rows, found = rows_of("a,b\n1,2\n3,4,5\n")
    assert codes(found) == {2: "ragged_long"}
    assert found[2].cells == ["3", "4", "5"]
    assert len(rows[1]) == 2


def test_blank_lines_are_no_rows_and_not_counted() -> None:
    rows, found = rows_of("a,b\n\n1,2\r\n   \n\n3,4,5\n\n")
    assert rows[0] == ["1", "2"]
    assert codes(found) == {2: "ragged_long"}


def test_a_row_of_delimiters_only_is_a_row() -> None:
    assert rows_of("a,b\n,\n1,2\n")[0] == [["", ""], ["1", "2"]]


def test_an_unclosed_quote_costs_one_row_and_swallows_nothing() -> None:
    text = 'a,b\n1,2\n3,"open\n' + "5,6\n" * 2_000
    rows, found = rows_of(text)
    assert len(rows) == 2_002
    assert codes(found) == {2: "unclosed_quote"}
    assert found[2].cells == ["3", "open"]
    assert rows[2:] == [["5", "6"]] * 2_000


def test_a_quote_that_the_next_row_would_close_does_not_merge_rows() -> None:
    rows, found = rows_of('a,b\n1,"open\n2,"quoted"\n3,4\n')
    assert codes(found) == {1: "unclosed_quote"}
    assert rows[1:] == [["2", "quoted"], ["3", "4"]]


def test_an_unclosed_quote_in_the_last_row_is_said() -> None:
    rows, found = rows_of('a,b\n1,2\n3,"open')
    assert rows == [["1", "2"], ["3", "open"]]
    assert codes(found) == {2: "unclosed_quote"}


def test_quoted_cells_may_hold_line_ends_quotes_and_delimiters() -> None:
    rows, found = rows_of('a,b\n"one\r\ntwo, ""three""",2\n3,4\n')
    assert rows == [['one\r\ntwo, "three"', "2"], ["3", "4"]]
    assert found == {}


def test_nul_bytes_are_shown_and_the_row_refused() -> None:
    rows, found = rows_of("a,b\n1,x\x00y\n3,4\n")
    assert rows == [["1", "x\u2400y"], ["3", "4"]]
    assert codes(found) == {1: "null_bytes"}


def test_a_cell_of_thirty_kilobytes_is_read_and_a_larger_one_refused() -> None:
    rows, found = rows_of(f"a,b\n{'x' * 30_000},2\n{'y' * 40_000},4\n5,6\n")
    assert len(rows[0][0]) == 30_000
    assert codes(found) == {2: "oversize_cell"}
    assert len(rows[1][0]) == Limits().max_cell_characters
    assert rows[2] == ["5", "6"]


def test_separators_that_only_unicode_calls_line_ends_stay_in_their_cell() -> None:
    rows, found = rows_of("a,b\n1\u2028x,2\x85\n3\x0b,\x1c4\n")
    assert rows == [["1\u2028x", "2\x85"], ["3\x0b", "\x1c4"]]
    assert found == {}


def test_cells_that_start_like_formulas_are_stored_as_they_are() -> None:
    cells = ["=1+1", "+1", "-1", "@x", "\tx"]
    text = "a,b,c,d,e\n" + ",".join(cells) + "\n"
    assert rows_of(text)[0] == [cells]


def test_mixed_line_ends_are_all_line_ends() -> None:
    assert rows_of("a,b\r\n1,2\r3,4\n5,6")[0] == [["1", "2"], ["3", "4"], ["5", "6"]]


def test_too_many_rows_are_refused_with_one_sentence() -> None:
    with pytest.raises(FileProblem) as caught:
        rows_of("a,b\n" + "1,2\n" * 11, limits=Limits(max_rows=10))
    assert caught.value.code == "too_many_rows"


def test_a_row_is_found_again_by_its_blocks_position_alone() -> None:
    text = "a,b\n" + "".join(f'{number},"x\n{number}"\n' for number in range(1, 3_000))
    shape = sniff(text)
    limits = Limits(block_bytes=1_000)
    blocks = list(read_rows(io.BytesIO(text.encode()), shape, limits=limits))
    assert len(blocks) > 20
    for earlier, later in pairwise(blocks):
        assert earlier.end == later.position
    chosen = blocks[len(blocks) // 2]
    again = next(read_rows(io.BytesIO(text.encode()), shape, start=chosen.position))
    assert again.first_row == chosen.first_row
    assert again.rows[: len(chosen.rows)] == chosen.rows
