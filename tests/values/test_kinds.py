"""Parsers of fields: plain text in the common case, more where there is more to say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import Formats
from contracts.record_type import Kind
from contracts.records import record_types
from services.values.kinds import (
    MAX_REMEMBERED_CELLS,
    Parsed,
    Parser,
    compile_field_parser,
    compile_parser,
)
from services.values.money import parse_decimal_format, parse_money
from services.values.problems import ValueProblem

STATUSES = (("Active", ("open",)), ("Written-off", ("charged off",)))
KINDS: tuple[Kind, ...] = (
    "text",
    "reference",
    "money",
    "currency",
    "date",
    "choice",
    "agent",
    "notes",
)


def refusal(kind: Kind, cell: str, **rules: object) -> str:
    with pytest.raises(ValueProblem) as caught:
        compile_parser(kind, **rules)(cell)  # pyright: ignore[reportArgumentType]
    return caught.value.code


def parse_or_problem(parser: Parser, cell: str) -> str | Parsed | ValueProblem | None:
    try:
        return parser(cell)
    except ValueProblem as problem:
        return problem


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cell", ["", "  ", "\u00a0"])
def test_a_blank_cell_is_none_unless_a_value_is_required(kind: Kind, cell: str) -> None:
    assert compile_parser(kind, choices=STATUSES)(cell) is None
    assert refusal(kind, cell, required=True, choices=STATUSES) == "required_missing"


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        ("money", "$1,250.00", "1250.00"),
        ("money", "1250", "1250"),
        ("money", "0.00", "0.00"),
        ("money", "-5.25", "-5.25"),
        ("money", "(5.25)", "-5.25"),
        ("currency", " usd ", "USD"),
        ("date", "2024-01-15", "2024-01-15"),
        ("choice", "ACTIVE", "Active"),
        ("choice", "Charged  Off", "Written-off"),
        ("choice", "written off", "Written-off"),
        ("reference", "000123", "000123"),
        ("reference", "12E5", "12E5"),
        ("agent", "Agent1@Example.com", "agent1@example.com"),
        ("agent", "A-17", "A-17"),
        ("text", " ABC Corporation ", "ABC Corporation"),
        ("text", "Jos\u00e9", "Jos\u00e9"),
        ("notes", "one\r\ntwo", "one\ntwo"),
    ],
)
def test_a_cell_becomes_canonical_text(kind: Kind, cell: str, expected: str) -> None:
    parser = compile_parser(kind, choices=STATUSES)
    assert parser(cell) == expected
    assert parser(cell) == expected, "an answer that is remembered is the same"


@pytest.mark.parametrize(
    ("kind", "cell", "code"),
    [
        ("money", "1.250,00", "ambiguous_number"),
        ("money", "12x", "not_a_number"),
        ("currency", "Dollars", "unknown_currency"),
        ("date", "01/02/2024", "not_a_date"),
        ("choice", "Sleeping", "unknown_choice"),
        ("reference", "1.23457E+11", "scientific_notation"),
        ("reference", "a\x00b", "null_character"),
        ("agent", "who@", "not_an_email"),
        ("text", "x" * 501, "too_long"),
        ("text", "\x00", "null_character"),
    ],
)
def test_a_cell_that_is_not_of_its_kind_is_refused(kind: Kind, cell: str, code: str) -> None:
    assert refusal(kind, cell, choices=STATUSES) == code
    assert refusal(kind, cell, choices=STATUSES) == code


@pytest.mark.parametrize(
    ("sign", "cell", "code"),
    [
        ("positive", "-5", "amount_negative"),
        ("positive", "0.00", "amount_not_positive"),
        ("positive", "0", "amount_not_positive"),
        ("not_negative", "(5)", "amount_negative"),
        ("not_negative", "-1,250.00", "amount_negative"),
    ],
)
def test_an_amount_keeps_to_its_sign(sign: str, cell: str, code: str) -> None:
    assert refusal("money", cell, sign=sign) == code


def test_zero_is_not_negative() -> None:
    assert compile_parser("money", sign="not_negative")("-0.00") == "0.00"


def test_a_currency_beside_an_amount_is_told_where_it_is_not_the_default() -> None:
    assert compile_parser("money")("\u20ac5") == Parsed("5", None, "EUR")
    assert compile_parser("money", formats=Formats(currency="EUR"))("$5") == Parsed("5", None, "$")
    assert compile_parser("money", formats=Formats(currency="CAD"))("$5") == "5"
    assert compile_parser("money", formats=Formats(currency="EUR"))("\u20ac5") == "5"


def test_three_decimals_are_taken_with_a_warning() -> None:
    parsed = compile_parser("money")("1.250")
    assert isinstance(parsed, Parsed)
    assert parsed.value == "1.250"
    assert parsed.warning is not None
    assert parsed.warning.code == "three_decimals"
    assert compile_parser("money", formats=Formats(currency="KWD"))("1.250") == "1.250"


def test_replaced_control_characters_are_a_warning() -> None:
    parsed = compile_parser("text")("a\x07b")
    assert isinstance(parsed, Parsed)
    assert (parsed.value, parsed.warning and parsed.warning.code) == ("a b", "control_characters")


def test_formats_are_checked_when_a_parser_is_compiled() -> None:
    for kind, formats in (("date", Formats(date="auto")), ("money", Formats(decimal="auto"))):
        with pytest.raises(ValueProblem) as caught:
            compile_parser(kind, formats=formats)
        assert caught.value.code == "unknown_format"


def test_two_choices_that_share_a_word_are_a_mistake_of_the_record_type() -> None:
    with pytest.raises(ValueError, match="means both"):
        compile_parser("choice", choices=(("Paid", ("closed",)), ("Closed", ())))


def test_more_cells_than_are_remembered_are_still_read() -> None:
    parser = compile_parser("agent")
    for number in range(MAX_REMEMBERED_CELLS + 10):
        assert parser(f"A{number}") == f"A{number}"
    assert parser("A1") == "A1"


def test_every_declared_sample_is_accepted_by_its_own_field() -> None:
    for record_type in record_types().values():
        for field in record_type.fields:
            if field.sample:
                parsed = compile_field_parser(field, Formats())(field.sample)
                assert isinstance(parsed, str), (record_type.name, field.name)


cells = st.one_of(st.text(max_size=40), st.text("0123456789.,$()- ", max_size=12))
formats = st.sampled_from(
    [Formats(), Formats(decimal="1.234,56", date="DD.MM.YYYY"), Formats(decimal="1 234,56")]
)


@given(st.sampled_from(KINDS), cells, formats)
def test_every_cell_is_text_or_blank_or_a_problem(kind: Kind, cell: str, form: Formats) -> None:
    parser = compile_parser(kind, choices=STATUSES, formats=form)
    outcome = parse_or_problem(parser, cell)
    if isinstance(outcome, ValueProblem):
        assert outcome.code.isidentifier()
        assert outcome.sentence.endswith(".")
        return
    assert outcome == parser(cell)
    value = outcome.value if isinstance(outcome, Parsed) else outcome
    assert value is None or (value and "\x00" not in value)


@given(st.text("0123456789.,$()-+ ", max_size=14), formats)
def test_the_fast_way_and_the_careful_way_agree_on_money(cell: str, form: Formats) -> None:
    fast = parse_or_problem(compile_parser("money", formats=form), cell)
    try:
        careful = parse_money(cell, parse_decimal_format(form.decimal)).text
    except ValueProblem:
        assert fast is None or isinstance(fast, ValueProblem)
        return
    assert (fast.value if isinstance(fast, Parsed) else fast) == careful
