"""Dates: strictly by a stated format; what is ambiguous is told and not chosen."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.values.dates import (
    KNOWN_FORMATS,
    format_date,
    guess_date_formats,
    parse_date,
    parse_date_format,
)
from services.values.problems import ValueProblem


def read(text: str, pattern: str = "ISO 8601") -> str:
    return parse_date(text, parse_date_format(pattern))


def refusal(text: str, pattern: str = "ISO 8601") -> str:
    with pytest.raises(ValueProblem) as caught:
        read(text, pattern)
    return caught.value.code


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("2024-01-15", "ISO 8601", "2024-01-15"),
        ("2024-01-15", "YYYY-MM-DD", "2024-01-15"),
        (" 2024-02-29 ", "ISO 8601", "2024-02-29"),
        ("01/02/2024", "MM/DD/YYYY", "2024-01-02"),
        ("01/02/2024", "DD/MM/YYYY", "2024-02-01"),
        ("1/2/2024", "MM/DD/YYYY", "2024-01-02"),
        ("1/2/2024", "M/D/YYYY", "2024-01-02"),
        ("31.12.2024", "DD.MM.YYYY", "2024-12-31"),
        ("20241231", "YYYYMMDD", "2024-12-31"),
        ("05-Jan-2024", "DD-MMM-YYYY", "2024-01-05"),
        ("05-SEPT-2024", "DD-MMM-YYYY", "2024-09-05"),
        ("January 5, 2024", "MMMM DD, YYYY", "2024-01-05"),
        ("12/31/68", "MM/DD/YY", "2068-12-31"),
        ("12/31/69", "MM/DD/YY", "1969-12-31"),
        ("31.12.2024", "dd.mm.yyyy", "2024-12-31"),
        ("1/5/2024 0:00", "MM/DD/YYYY", "2024-01-05"),
        ("1/5/2024 00:00:00", "MM/DD/YYYY", "2024-01-05"),
        ("1/5/2024 12:00:00 AM", "MM/DD/YYYY", "2024-01-05"),
    ],
)
def test_a_date_is_read_by_its_format(text: str, pattern: str, expected: str) -> None:
    assert read(text, pattern) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-15T23:59:59Z",
        "2024-01-15T23:59:59-11:00",
        "2024-01-15 00:00:01+14:00",
        "2024-01-15T12:00:00.123456",
    ],
)
def test_a_timestamp_is_the_date_that_is_written_and_never_shifted(text: str) -> None:
    assert read(text) == "2024-01-15"


@pytest.mark.parametrize(
    ("text", "pattern", "code"),
    [
        ("2024-02-30", "ISO 8601", "no_such_date"),
        ("2023-02-29", "ISO 8601", "no_such_date"),
        ("29.02.2100", "DD.MM.YYYY", "no_such_date"),
        ("2024-13-01", "ISO 8601", "no_such_date"),
        ("0001-01-01", "ISO 8601", "date_out_of_range"),
        ("1899-12-31", "ISO 8601", "date_out_of_range"),
        ("2201-01-01", "ISO 8601", "date_out_of_range"),
        ("0000-00-00", "ISO 8601", "date_out_of_range"),
        ("01/02/2024", "ISO 8601", "not_a_date"),
        ("2024-1-5", "ISO 8601", "not_a_date"),
        ("12", "ISO 8601", "not_a_date"),
        ("45306", "MM/DD/YYYY", "not_a_date"),
        ("2024-01-15", "MM/DD/YYYY", "not_a_date"),
        ("1/5/2024 10:30", "MM/DD/YYYY", "not_a_date"),
        ("01/02/24", "MM/DD/YYYY", "not_a_date"),
        ("\u0662\u0660\u0662\u0664-01-15", "ISO 8601", "not_a_date"),
        ("2024-01-15 garbage", "ISO 8601", "not_a_date"),
        ("2024-01-15" + " " * 5000 + "x", "ISO 8601", "not_a_date"),
        ("", "ISO 8601", "not_a_date"),
    ],
)
def test_what_is_no_date_of_the_format_is_refused(text: str, pattern: str, code: str) -> None:
    assert refusal(text, pattern) == code


@pytest.mark.parametrize("pattern", ["", "auto", "YYYY", "MM/YYYY", "DD/DD/YYYY", "%Y-%m-%d"])
def test_an_unknown_format_is_refused(pattern: str) -> None:
    with pytest.raises(ValueProblem) as caught:
        parse_date_format(pattern)
    assert caught.value.code == "unknown_format"


def test_an_ambiguous_column_gives_every_format_that_fits() -> None:
    names = [form.name for form in guess_date_formats(["01/02/2024", "", "03/04/2024"])]
    assert names == ["MM/DD/YYYY", "DD/MM/YYYY"]


def test_one_day_above_twelve_settles_a_column() -> None:
    assert [form.name for form in guess_date_formats(["01/02/2024", "13/02/2024"])] == [
        "DD/MM/YYYY"
    ]


def test_a_column_of_no_dates_or_of_blanks_fits_no_format() -> None:
    assert guess_date_formats(["Smith"]) == []
    assert guess_date_formats(["", " "]) == []


FOUR_DIGIT_YEARS = [name for name in KNOWN_FORMATS if "YYYY" in name or name == "ISO 8601"]


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)), st.sampled_from(FOUR_DIGIT_YEARS))
def test_every_format_reads_what_it_writes(day: date, name: str) -> None:
    form = parse_date_format(name)
    assert parse_date(format_date(day.isoformat(), form), form) == day.isoformat()


@given(st.dates(date(1969, 1, 1), date(2068, 12, 31)))
def test_two_digit_years_go_round_within_their_hundred_years(day: date) -> None:
    form = parse_date_format("DD-MMM-YY")
    assert parse_date(format_date(day.isoformat(), form), form) == day.isoformat()


@given(st.text("0123456789/-. TZ:JanFeb", max_size=20), st.sampled_from(KNOWN_FORMATS))
def test_any_text_is_an_iso_date_or_a_problem(text: str, name: str) -> None:
    try:
        found = parse_date(text, parse_date_format(name))
    except ValueProblem:
        return
    assert date.fromisoformat(found).isoformat() == found
