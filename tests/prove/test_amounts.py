"""The check's own arithmetic: by examples, and against the services', which is written apart."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prove.amounts import compile_reader, in_major_units, to_minor
from services.values.decimal_formats import KNOWN_FORMATS, parse_decimal_format
from services.values.money import parse_money
from services.values.problems import ValueProblem


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("1250", "1,234.56", "1250"),
        ("$1,250.00", "1,234.56", "1250.00"),
        ("(1,250.00)", "1,234.56", "-1250.00"),
        ("1.250,00 €", "1.234,56", "1250.00"),
        ("-5", "1,234.56", "-5"),
        ("5-", "1,234.56", "-5"),
        ("USD 7.5", "1,234.56", "7.5"),
        ("1\u202f234,5", "1 234,56", "1234.5"),
        ("1,23,456.78", "1,23,456.78", "123456.78"),
    ],
)
def test_an_amount_is_read_by_its_format(text: str, pattern: str, expected: str) -> None:
    assert compile_reader(pattern)(text) == Decimal(expected)


@pytest.mark.parametrize(
    "text", ["", "12x4", "1.250,00", "1e3", "NaN", "1,2,5", "--5", "(-5)", "٣", "1,250,00.0.0"]
)
def test_what_is_no_amount_is_none(text: str) -> None:
    assert compile_reader("1,234.56")(text) is None


def test_minor_units_are_exact_or_nothing() -> None:
    assert to_minor(Decimal("1250.00"), "USD") == 125000
    assert to_minor(Decimal("10.0050"), "BHD") == 10005
    assert to_minor(Decimal("10.005"), "USD") is None
    assert to_minor(Decimal("100.5"), "JPY") is None
    assert to_minor(Decimal("1e13"), "USD") is None
    assert in_major_units(-125000, "USD") == "-1,250.00 USD"


@given(
    st.sampled_from(KNOWN_FORMATS),
    st.text(alphabet="0123456789.,' -+()$€U SD\u00a0", max_size=14),
)
def test_both_arithmetics_read_the_same_of_any_text(pattern: str, text: str) -> None:
    try:
        theirs = Decimal(parse_money(text, parse_decimal_format(pattern)).text)
    except ValueProblem as problem:
        # A currency that is none, or two of them, is the services' business, not arithmetic's.
        if problem.code in ("currency_conflict",) or any(char.isalpha() for char in text):
            return
        theirs = None
    assert compile_reader(pattern)(text) == theirs
