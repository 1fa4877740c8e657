"""The shape of real tables: encodings, delimiters, quotes, preambles, headers; and choices."""

import pytest

from services.files.csv_files import sniff_table
from services.files.encodings import SAMPLE_BYTES
from services.files.problems import FileProblem
from services.files.table_shapes import ShapeChoices, TableShape
from services.values.text import normalise_header
from tests.files.tables import read, sniff

KNOWN = frozenset(
    map(normalise_header, ["AccountName", "Balance", "Status", "Agent", "DueDate", "Name"])
)
HEADERS = ("AccountName", "Balance", "DueDate")
ROWS = [["ABC Corp", "1250.00", "2024-01-15"], ["Jos\u00e9", "7.50", "2024-02-01"]]


def table(delimiter: str = ",", ending: str = "\n") -> str:
    lines = [HEADERS, *ROWS]
    return "".join(delimiter.join(cells) + ending for cells in lines)


def warnings(shape: TableShape) -> list[str]:
    return [warning.code for warning in shape.warnings]


def refusal(data: bytes, choices: ShapeChoices | None = None) -> str:
    with pytest.raises(FileProblem) as caught:
        sniff_table(data, choices=choices)
    return caught.value.code


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_delimiter_and_line_end_are_found(delimiter: str, ending: str) -> None:
    text = table(delimiter, ending)
    shape = sniff(text)
    assert (shape.dialect.delimiter, shape.newline) == (delimiter, ending)
    assert (shape.headers, shape.header_row) == (HEADERS, 1)
    assert read(text.encode(), shape) == (ROWS, {})


@pytest.mark.parametrize(
    ("encoding", "name", "has_mark"),
    [
        ("utf-8", "utf-8", False),
        ("utf-8-sig", "utf-8", True),
        ("utf-16", "utf-16-le", True),
        ("utf-16-le", "utf-16-le", False),
        ("utf-16-be", "utf-16-be", False),
        ("utf-32", "utf-32-le", True),
        ("utf-32-be", "utf-32-be", False),
        ("cp1252", "cp1252", False),
        ("latin-1", "cp1252", False),
    ],
)
def test_encodings_are_found(encoding: str, name: str, has_mark: bool) -> None:
    data = table().encode(encoding)
    shape = sniff_table(data)
    assert shape.encoding == name
    assert shape.headers == HEADERS, "a byte order mark is no part of a header"
    assert read(data, shape) == (ROWS, {})
    assert (shape.start.byte > len(HEADERS)) or not has_mark


def test_a_page_that_is_only_probable_is_said() -> None:
    shape = sniff_table(table().encode("cp1252"))
    assert warnings(shape) == ["encoding_uncertain"]
    assert shape.encoding_confidence < 0.9


def test_central_european_letters_need_evidence() -> None:
    czech = "Jm\u00e9no,M\u011bsto\n\u017daneta \u0160\u0165astn\u00e1,Plze\u0148\n"
    assert sniff_table(czech.encode("cp1250") * 4).encoding == "cp1250"
    assert sniff_table("Name,Stadt\nM\u00fcller,K\u00f6ln\n".encode("cp1252")).encoding == "cp1252"


def test_cyrillic_is_not_taken_for_western_letters() -> None:
    header = "\u0418\u043c\u044f,\u0413\u043e\u0440\u043e\u0434\n"
    text = header + "\u0418\u0432\u0430\u043d,\u041c\u043e\u0441\u043a\u0432\u0430\n"
    assert sniff_table(text.encode("cp1251")).encoding == "cp1251"


def test_an_encoding_can_be_chosen_and_a_wrong_one_is_refused() -> None:
    data = table().encode("cp1252")
    assert sniff_table(data, choices=ShapeChoices(encoding="Latin1")).encoding == "latin-1"
    assert refusal(data, ShapeChoices(encoding="utf-8")) == "wrong_encoding"
    assert refusal(data, ShapeChoices(encoding="klingon")) == "unknown_encoding"
    assert refusal(data, ShapeChoices(encoding="base64")) == "unknown_encoding"


def test_bytes_that_do_not_fit_later_in_the_file_are_refused_with_their_place() -> None:
    data = b"a,b\n" + b"1,2\n" * 100_000 + b"Jos\xe9,3\n"
    shape = sniff_table(data[:SAMPLE_BYTES])
    with pytest.raises(FileProblem, match="byte 400008 ") as caught:
        read(data, shape)
    assert caught.value.code == "wrong_encoding"


def test_a_semicolon_table_with_decimal_commas_is_not_split_at_them() -> None:
    shape = sniff("Name;Balance;Due\nSmith, John;1250,00;31.12.2024\nDoe, Jane;7,50;01.02.2024\n")
    assert shape.dialect.delimiter == ";"
    assert shape.headers == ("Name", "Balance", "Due")


def test_a_spreadsheets_own_delimiter_line_is_no_data() -> None:
    text = "sep=;\r\nName;Balance\r\nSmith;5\r\n"
    shape = sniff(text)
    assert (shape.dialect.delimiter, shape.headers, shape.header_row) == (
        ";",
        ("Name", "Balance"),
        2,
    )
    assert read(text.encode(), shape)[0] == [["Smith", "5"]]


def test_spaces_before_quotes_are_skipped() -> None:
    text = 'Name, City\n"Smith, John", "Paris, Texas"\n"Doe, Jane", "Rome"\n'
    rows, found = read(text.encode(), sniff(text))
    assert rows == [["Smith, John", "Paris, Texas"], ["Doe, Jane", "Rome"]]
    assert found == {}


def test_backslash_escapes_are_read() -> None:
    text = 'Name,Balance\n"Robert \\"Bob\\" Smith",5\n"Ann \\"An\\" Lee",6\n'
    rows, _ = read(text.encode(), sniff(text))
    assert rows == [['Robert "Bob" Smith', "5"], ['Ann "An" Lee', "6"]]


def test_a_backslash_at_the_end_of_a_cell_is_no_escape() -> None:
    text = 'Path,Size\n"C:\\dir\\",5\n"say ""hi""",6\n'
    rows, _ = read(text.encode(), sniff(text))
    assert rows == [["C:\\dir\\", "5"], ['say "hi"', "6"]]


def test_single_quotes_around_cells_are_read() -> None:
    text = "Name;Balance\n'Smith; John';'5'\n'Doe';'6'\n"
    assert read(text.encode(), sniff(text))[0] == [["Smith; John", "5"], ["Doe", "6"]]


def test_apostrophes_in_names_are_no_quotes() -> None:
    text = "Name,Balance\nO'Brien,5\nD'Angelo,6\n"
    assert read(text.encode(), sniff(text))[0] == [["O'Brien", "5"], ["D'Angelo", "6"]]


def test_lines_above_the_header_are_skipped() -> None:
    text = "Report of accounts\nMade on 2024-01-01,,\n\n" + table()
    shape = sniff(text)
    assert (shape.header_row, shape.headers) == (4, HEADERS)
    assert shape.start.line == 5
    assert read(text.encode(), shape)[0] == ROWS


def test_known_names_decide_which_row_is_the_header() -> None:
    text = "Agency,Abrianto\nAccountName,Balance\nSmith,5\n"
    shape = sniff_table(text.encode(), known_headers=KNOWN)
    assert (shape.header_row, shape.headers) == (2, ("AccountName", "Balance"))


def test_a_row_of_data_is_not_taken_for_a_header() -> None:
    text = "ABC Corp,1250.00,2024-01-15\nDEF,7.50,2024-02-01\n"
    shape = sniff(text)
    assert shape.header_row is None
    assert shape.headers == ("Column 1", "Column 2", "Column 3")
    assert warnings(shape) == ["no_header"]
    assert len(read(text.encode(), shape)[0]) == 2


def test_a_header_that_looks_like_its_rows_is_said_to_be_uncertain() -> None:
    assert warnings(sniff("Name,City\nSmith,Paris\nDoe,Rome\n")) == ["header_uncertain"]
    shape = sniff_table(b"Name,Status\nSmith,Paris\n", known_headers=KNOWN)
    assert warnings(shape) == []


def test_the_header_row_can_be_set_or_set_to_none() -> None:
    text = "x,y\nName,City\nSmith,Paris\n"
    assert sniff(text, ShapeChoices(header_row=2)).headers == ("Name", "City")
    shape = sniff(text, ShapeChoices(header_row="none"))
    assert (shape.header_row, shape.headers) == (None, ("Column 1", "Column 2"))
    assert read(text.encode(), shape)[0][0] == ["x", "y"]
    assert refusal(text.encode(), ShapeChoices(header_row=9)) == "header_row_missing"


def test_duplicate_and_blank_headers_are_made_distinct_visibly() -> None:
    shape = sniff("Name,Name,,Name (2),Name\n1,2,3,4,5\n")
    assert shape.headers == ("Name", "Name (3)", "Column 3", "Name (2)", "Name (4)")
    assert shape.original_headers == ("Name", "Name", "", "Name (2)", "Name")
    assert warnings(shape) == ["duplicate_header", "blank_header"]


def test_a_header_over_several_lines_becomes_one_name() -> None:
    text = '"Account\nName",Balance\nSmith,5\n'
    shape = sniff(text)
    assert shape.headers == ("Account Name", "Balance")
    assert read(text.encode(), shape)[0] == [["Smith", "5"]]


def test_a_stray_quote_below_the_header_does_not_widen_it() -> None:
    shape = sniff("a,b,c\n" + 'a",,"c\n' * 300)
    assert shape.headers == ("a", "b", "c")


def test_a_table_of_one_column_is_read() -> None:
    text = "Name\nSmith, John\nDoe, Jane\n"
    shape = sniff(text)
    assert shape.headers == ("Name",)
    assert [len(row) for row in read(text.encode(), shape)[0]] == [1, 1]
    assert sniff("AccountNumber\nA1\nA2\n").headers == ("AccountNumber",)


def test_a_header_without_rows_is_an_empty_table() -> None:
    shape = sniff("AccountName,Balance\n")
    assert shape.headers == ("AccountName", "Balance")
    assert read(b"AccountName,Balance\n", shape) == ([], {})


def test_ten_thousand_columns_are_refused_with_one_sentence() -> None:
    header = ",".join(f"c{number}x" for number in range(10_000))
    with pytest.raises(FileProblem) as caught:
        sniff(header + "\n")
    assert caught.value.code == "too_many_columns"
    assert caught.value.sentence == "The file has 10000 columns; 1000 can be read."
    assert sniff(",".join(f"c{number}x" for number in range(1_000)) + "\n").width == 1_000


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b" \r\n\t\n", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"\x00" * 100, "empty_file"),
        (b"%PDF-1.7 ...", "not_a_table"),
        (b"PK\x03\x04 ...", "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not_a_table"),
        (b"<!DOCTYPE html><table>", "not_a_table"),
        (b"<?xml version='1.0'?>", "not_a_table"),
        (bytes(range(32)) * 50, "not_a_table"),
        (b"x" * (SAMPLE_BYTES + 1), "first_line_too_long"),
    ],
)
def test_what_is_no_table_is_refused_with_one_sentence(data: bytes, code: str) -> None:
    assert refusal(data) == code


def test_the_line_that_the_sample_cuts_does_not_count() -> None:
    line = "Smith,5,2024-01-15\n"
    text = "Name,Balance,DueDate\n" + line * (SAMPLE_BYTES // len(line) + 10)
    shape = sniff_table(text.encode()[:SAMPLE_BYTES])
    assert shape.headers == ("Name", "Balance", "DueDate")
    assert read(text.encode(), shape)[0][-1] == ["Smith", "5", "2024-01-15"]
