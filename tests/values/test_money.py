"""Amounts: what is read under which stated format, what is refused, and the way to minor units."""

from decimal import Decimal

import pytest
from babel.numbers import format_decimal, list_currencies, parse_decimal
from hypothesis import given
from hypothesis import strategies as st

from services.values.currencies import MINOR_UNITS
from services.values.decimal_formats import KNOWN_FORMATS
from services.values.money import (
    MAX_MINOR,
    Amount,
    conflicts_with_currency,
    format_minor,
    minor_units,
    parse_decimal_format,
    parse_money,
    to_minor,
)
from services.values.problems import ValueProblem

AMERICAN = parse_decimal_format("1,234.56")
EUROPEAN = parse_decimal_format("1.234,56")


def refusal(text: str, pattern: str = "1,234.56") -> str:
    with pytest.raises(ValueProblem) as caught:
        parse_money(text, parse_decimal_format(pattern))
    assert caught.value.sentence.endswith((".", "!"))
    return caught.value.code


def parse_or_problem(text: str, pattern: str) -> Amount | ValueProblem:
    try:
        return parse_money(text, parse_decimal_format(pattern))
    except ValueProblem as problem:
        return problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1250", "1250"),
        ("1,250.00", "1250.00"),
        ("  1,250.00\u00a0", "1250.00"),
        ("$1,250.00", "1250.00"),
        ("$ 1,250.00", "1250.00"),
        ("-$1,250.00", "-1250.00"),
        ("$-1,250.00", "-1250.00"),
        ("($1,250.00)", "-1250.00"),
        ("(100)", "-100"),
        ("100-", "-100"),
        ("\u2212100", "-100"),
        ("+100", "100"),
        ("-0.00", "0.00"),
        ("(0)", "0"),
        ("007.50", "7.50"),
        (".5", "0.5"),
        ("0.005", "0.005"),
        ("USD 5", "5"),
        ("5.10 usd", "5.10"),
        ("$5 USD", "5"),
        ("1" * 30, "1" * 30),
    ],
)
def test_an_amount_is_read_as_the_american_format_writes_it(text: str, expected: str) -> None:
    assert parse_money(text, AMERICAN).text == expected


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("1.250,00", "1.234,56", "1250.00"),
        ("1250,5", "1.234,56", "1250.5"),
        ("1 250,00", "1 234,56", "1250.00"),
        ("1\u202f250,00", "1 234,56", "1250.00"),
        ("1'250.00", "1'234.56", "1250.00"),
        ("1\u2019250.00", "1'234.56", "1250.00"),
        ("12,34,567.89", "1,23,456.78", "1234567.89"),
        ("1250.00", "1234.56", "1250.00"),
    ],
)
def test_each_known_format_reads_its_own_writing(text: str, pattern: str, expected: str) -> None:
    assert parse_money(text, parse_decimal_format(pattern)).text == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.250,00", "ambiguous_number"),
        ("1250,00", "ambiguous_number"),
        ("12,34", "ambiguous_number"),
        ("1 250.00", "ambiguous_number"),
        ("1e3", "not_a_number"),
        ("1E+5", "not_a_number"),
        ("NaN", "not_a_number"),
        ("Infinity", "not_a_number"),
        ("-inf", "not_a_number"),
        ("12x", "not_a_number"),
        ("1,2,5", "not_a_number"),
        ("--1", "not_a_number"),
        ("(-1)", "not_a_number"),
        ("-1-", "not_a_number"),
        ("((1))", "not_a_number"),
        ("1.2.3", "not_a_number"),
        ("5.", "not_a_number"),
        ("$", "not_a_number"),
        ("()", "not_a_number"),
        ("12 abc", "not_a_number"),
        ("\u0663\u0664", "not_a_number"),
        ("\uff11\uff12", "not_a_number"),
        ("0x10", "not_a_number"),
        ("1_000", "not_a_number"),
        ("1" * 31, "too_many_digits"),
        ("9" * 5000, "not_a_number"),
        ("", "empty"),
        ("\u00a0 ", "empty"),
        ("\u20ac5 USD", "currency_conflict"),
        ("USD 5 EUR", "currency_conflict"),
    ],
)
def test_what_the_format_does_not_say_is_refused_and_never_guessed(text: str, code: str) -> None:
    assert refusal(text) == code


def test_a_thousands_group_of_the_wrong_length_is_refused_under_every_format() -> None:
    for pattern in KNOWN_FORMATS:
        group = parse_decimal_format(pattern).group
        if group:
            assert refusal(f"1{group}2{group}5", pattern) == "not_a_number"


def test_two_kinds_of_space_in_one_number_are_refused() -> None:
    assert refusal("1 234\u00a0567,00", "1 234,56") == "not_a_number"


def test_the_currency_beside_an_amount_is_told() -> None:
    assert parse_money("\u20ac5", AMERICAN) == Amount("5", "\u20ac")
    assert parse_money("\u20ac5", AMERICAN).currency == "EUR"
    assert parse_money("$5", AMERICAN).currency is None
    assert parse_money("5 cad", AMERICAN).currency == "CAD"


def test_a_sign_conflicts_only_with_a_currency_that_it_cannot_mean() -> None:
    assert conflicts_with_currency("\u20ac5", AMERICAN, "USD")
    assert conflicts_with_currency("$5", AMERICAN, "EUR")
    assert not conflicts_with_currency("$5", AMERICAN, "CAD")
    assert not conflicts_with_currency("5", AMERICAN, "EUR")


def test_an_unknown_format_names_the_known_ones() -> None:
    for pattern in ("", "1,234", "1,234,56", "#,##0.00", "1.234.56"):
        with pytest.raises(ValueProblem, match=r"1\.234,56") as caught:
            parse_decimal_format(pattern)
        assert caught.value.code == "unknown_format"


def test_minor_units_follow_iso_4217() -> None:
    assert (minor_units("USD"), minor_units("JPY"), minor_units("KWD")) == (2, 0, 3)
    # CLDR rounds these to cash; ISO 4217 does not.
    assert (minor_units("ALL"), minor_units("AFN"), minor_units("LBP")) == (2, 2, 2)
    with pytest.raises(ValueProblem) as caught:
        minor_units("XXX")
    assert caught.value.code == "unknown_currency"


def test_every_currency_is_known_to_babel_too() -> None:
    assert set(MINOR_UNITS) - list_currencies() == set()


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1250.00", "USD", 125000),
        ("-0.05", "USD", -5),
        ("1250", "USD", 125000),
        ("1.5", "KWD", 1500),
        ("1.000", "JPY", 1),
        ("1.2300", "USD", 123),
    ],
)
def test_an_exact_amount_becomes_minor_units(text: str, currency: str, minor: int) -> None:
    assert to_minor(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [
        ("0.005", "USD", "excess_digits"),
        ("0.5", "JPY", "excess_digits"),
        ("9" * 20, "USD", "amount_out_of_range"),
        ("1.00", "ABC", "unknown_currency"),
        ("NaN", "USD", "not_a_number"),
        ("1e3", "USD", "not_a_number"),
    ],
)
def test_what_minor_units_cannot_hold_is_refused(text: str, currency: str, code: str) -> None:
    with pytest.raises(ValueProblem) as caught:
        to_minor(text, currency)
    assert caught.value.code == code


currencies = st.sampled_from(sorted(MINOR_UNITS))
minors = st.integers(-MAX_MINOR, MAX_MINOR)
patterns = st.sampled_from(KNOWN_FORMATS)


@given(minors, currencies)
def test_minor_units_survive_the_way_through_text(minor: int, currency: str) -> None:
    assert to_minor(format_minor(minor, currency), currency) == minor


@given(minors, currencies, patterns)
def test_every_format_reads_what_it_writes(minor: int, currency: str, pattern: str) -> None:
    form = parse_decimal_format(pattern)
    written = format_minor(minor, currency, form)
    assert to_minor(parse_money(written, form).text, currency) == minor


@given(st.decimals(-(10**12), 10**12, places=2))
def test_what_babel_writes_for_america_is_read_as_the_same_number(number: Decimal) -> None:
    written = format_decimal(number, "#,##0.00", locale="en_US")
    assert Decimal(parse_money(written, AMERICAN).text) == number


@given(st.text("0123456789.,-+ ()$ex", max_size=12))
def test_nothing_is_read_as_another_number_than_babel_reads(text: str) -> None:
    try:
        ours = parse_money(text, AMERICAN).text
    except ValueProblem:
        return
    bare = text.strip("()$ -+").strip()
    assert abs(Decimal(ours)) == parse_decimal(bare, locale="en_US", strict=True)


@given(st.text(max_size=60), patterns)
def test_any_text_is_an_amount_in_canonical_form_or_a_problem(text: str, pattern: str) -> None:
    outcome = parse_or_problem(text, pattern)
    if isinstance(outcome, ValueProblem):
        assert outcome.code.isidentifier()
    else:
        assert outcome.text == f"{Decimal(outcome.text):f}"
        assert outcome.text not in ("-0", "-0.00")
