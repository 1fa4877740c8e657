"""CSV as it is written: RFC 4180, in pieces."""

import csv

from hypothesis import given
from hypothesis import strategies as st

from services.files.csv_output import format_row, format_rows


def test_cells_are_quoted_where_they_must_be() -> None:
    assert format_row(["a", "b,c", 'd"e', "f\ng", " h "]) == 'a,"b,c","d""e","f\ng", h \r\n'
    assert format_row(["a;b", "c"], delimiter=";") == '"a;b";c\r\n'


def test_a_row_of_one_empty_cell_is_not_a_blank_line() -> None:
    assert format_row([""]) == '""\r\n'


def test_many_rows_come_in_pieces_and_none_is_lost() -> None:
    pieces = list(format_rows([str(number), "x"] for number in range(2_500)))
    assert len(pieces) == 3
    assert "".join(pieces).count("\r\n") == 2_500
    assert list(format_rows([])) == []


@given(st.lists(st.lists(st.text("a\",;\r\n '", max_size=5), min_size=2, max_size=3), max_size=5))
def test_any_reader_of_rfc_4180_reads_it_back(rows: list[list[str]]) -> None:
    text = "".join(format_rows(rows))
    assert list(csv.reader(text.splitlines(keepends=True), strict=True)) == rows
