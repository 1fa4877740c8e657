"""Reading source files again: by examples, and against the services' reader, written apart."""

import csv
import gzip
import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prove.source_files import Dialect, TableFacts, open_plain, read_rows
from services.files.csv_files import read_rows as read_blocks
from services.files.csv_files import sniff_table
from services.files.table_shapes import Dialect as ServicesDialect
from services.files.table_shapes import ShapeChoices

COLUMNS = ("AccountName", "Balance", "Status")
FACTS = TableFacts(COLUMNS, "utf-8", Dialect(), 1, 1)
HEADER = b"AccountName,Balance,Status\n"


def read(content: bytes, facts: TableFacts = FACTS) -> list[list[str] | None]:
    rows = list(read_rows(open_plain(io.BytesIO(content)), facts))
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    return [row.cells for row in rows]


def test_blank_lines_are_no_rows_and_short_rows_are_filled() -> None:
    content = HEADER + b"\na,1,Active\n   \nb,2\n"
    assert read(content) == [["a", "1", "Active"], ["b", "2", ""]]


def test_the_guides_unquoted_amount_is_joined_again() -> None:
    assert read(HEADER + b'"ABC",$1,250.00,Active\n') == [["ABC", "$1,250.00", "Active"]]


def test_a_long_row_that_cannot_be_mended_has_no_cells() -> None:
    assert read(HEADER + b"a,b,c,d\na,1,x,\n") == [None, ["a", "1", "x"]]


def test_an_unclosed_quote_costs_one_row_only() -> None:
    content = HEADER + b'"never closed,1,x\nb,2,y\nc,3,z\n'
    assert read(content) == [None, ["b", "2", "y"], ["c", "3", "z"]]


def test_a_cell_may_run_over_lines() -> None:
    assert read(HEADER + b'"a\nb",1,x\nc,2,y\n') == [["a\nb", "1", "x"], ["c", "2", "y"]]


def test_lines_before_the_header_are_skipped() -> None:
    facts = FACTS._replace(header_row=3)
    assert read(b"Report\nof today\n" + HEADER + b"a,1,x\n", facts) == [["a", "1", "x"]]


def test_packed_files_are_unpacked() -> None:
    content = HEADER + b"a,1,x\n"
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("accounts.csv", content)
    assert read(gzip.compress(content)) == read(target.getvalue()) == [["a", "1", "x"]]


@pytest.mark.parametrize(
    "content",
    [
        b'{"AccountName": "a", "Balance": 1.10}\n\n{"AccountName": "b", "Balance": null}\n',
        b'[{"AccountName": "a", "Balance": 1.10}, {"AccountName": "b"}]',
        b'{"config": {}, "records": [{"AccountName": "a", "Balance": 1.10}, {"AccountName": "b"}]}',
    ],
)
def test_json_numbers_keep_their_digits(content: bytes) -> None:
    facts = FACTS._replace(dialect=None, header_row=None)
    assert read(content, facts) == [["a", "1.10", ""], ["b", "", ""]]


def test_a_line_that_is_no_object_is_a_row_without_cells() -> None:
    facts = FACTS._replace(dialect=None, header_row=None)
    content = b'{"AccountName": "a"}\n{broken\n{"AccountName": {"nested": 1}}\n{"Other": 1}\n'
    assert read(content, facts) == [["a", "", ""], None, None, None]


CELLS = st.text(alphabet='ab,"\n\r;1.5$ ', max_size=6)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8))
def test_both_readers_see_the_same_rows_of_a_written_file(rows: Sequence[Sequence[str]]) -> None:
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\n")
    writer.writerows([COLUMNS, *rows])
    content = target.getvalue().encode()
    choices = ShapeChoices(encoding="utf-8", delimiter=",", header_row=1)
    shape = replace(sniff_table(content, choices=choices), dialect=ServicesDialect())
    blocks = read_blocks(io.BytesIO(content), shape, money_columns={1})
    theirs = [
        None if _is_refused(block.found.get(index)) else row
        for block in blocks
        for index, row in enumerate(block.rows)
    ]
    assert read(content) == theirs


def _is_refused(found: object) -> bool:
    return getattr(found, "code", "") in ("ragged_long", "unclosed_quote")


def test_the_imports_own_dialect_is_used() -> None:
    facts = FACTS._replace(dialect=Dialect(";", "'", "\\", True), money_column=None)
    content = b"AccountName; Balance; Status\n'a;b'; 1,5; it\\'s\n"
    assert read(content, facts) == [["a;b", "1,5", "it's"]]
