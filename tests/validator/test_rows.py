"""Verdicts on rows: what is accepted in which canonical form, and every reason against a row."""

from typing import Any

import orjson
import pytest

from contracts.envelope import Formats
from services.validator.domain.rows import compile_judge
from tests.validator.judged_rows import account, codes_of, judge, reading, transaction, values_of


def test_values_stand_in_the_declared_order_of_the_record_type() -> None:
    verdict = judge(
        "accounts", {"Balance": "$1,250.00", "DueDate": "2024-01-15", "AccountName": "A"}
    )
    assert verdict == [
        "accepted",
        7,
        1,
        [None, "A", "1250.00", "USD", None, None, "2024-01-15", None],
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("record_type", "record", "formats", "expected"),
    [
        ("accounts", account(Balance="(100.00)"), {}, {"Balance": "-100.00"}),
        ("accounts", account(Balance=" $1,250.00 "), {}, {"Balance": "1250.00"}),
        ("accounts", account(Balance="1.250,00"), {"decimal": "1.234,56"}, {"Balance": "1250.00"}),
        ("accounts", account(Balance="0"), {}, {"Balance": "0"}),
        ("accounts", account(Status="past due"), {}, {"Status": "Overdue"}),
        ("accounts", account(Status="PAID"), {}, {"Status": "Paid"}),
        ("accounts", account(AccountNumber="000123"), {}, {"AccountNumber": "000123"}),
        ("accounts", account(AccountName="=1+1"), {}, {"AccountName": "=1+1"}),
        ("accounts", account(Agent="Agent1@Example.com"), {}, {"Agent": "agent1@example.com"}),
        (
            "accounts",
            account(DueDate="31.01.2024"),
            {"date": "DD.MM.YYYY"},
            {"DueDate": "2024-01-31"},
        ),
        (
            "accounts",
            account(Currency="eur", Balance="€5"),
            {},
            {"Currency": "EUR", "Balance": "5"},
        ),
        ("accounts", account(Balance="€5"), {}, {"Currency": "EUR"}),
        ("accounts", account(Balance="$5"), {"currency": "CAD"}, {"Currency": "CAD"}),
        ("accounts", account(Balance="$5", Currency=""), {}, {"Currency": "USD"}),
        ("accounts", account(Balance="5", Currency=""), {}, {"Balance": "5"}),
        ("accounts", account(Balance="EUR 5"), {}, {"Currency": "EUR"}),
        ("accounts", account(Balance="5 USD"), {}, {"Currency": "USD"}),
        (
            "accounts",
            account(Balance="$5", Currency="CAD"),
            {},
            {"Currency": "CAD", "Balance": "5"},
        ),
        (
            "transactions",
            transaction(Type="NSF", ReversesReference="P-1"),
            {},
            {"Type": "payment_reversal"},
        ),
        ("transactions", transaction(Type="adj", Amount="-5.10"), {}, {"Amount": "-5.10"}),
    ],
)
def test_a_value_is_written_in_its_canonical_form(
    record_type: str, record: dict[str, str], formats: dict[str, str], expected: dict[str, str]
) -> None:
    verdict = judge(record_type, record, formats=Formats(**formats))
    assert verdict[0] == "accepted", verdict
    values = values_of(record_type, verdict)
    assert {name: values.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("record_type", "record", "expected"),
    [
        ("accounts", account(Balance=""), [("Balance", "required")]),
        ("accounts", account(AccountName=" \u00a0"), [("AccountName", "required")]),
        ("accounts", {"AccountName": "ABC"}, [("Balance", "required")]),
        ("accounts", account(Balance="12x"), [("Balance", "not_a_number")]),
        ("accounts", account(Balance="1e3"), [("Balance", "not_a_number")]),
        ("accounts", account(Balance="NaN"), [("Balance", "not_a_number")]),
        ("accounts", account(Balance="1.250,00"), [("Balance", "ambiguous_number")]),
        ("accounts", account(DueDate="2024-02-30"), [("DueDate", "no_such_date")]),
        ("accounts", account(DueDate="01/02/2024"), [("DueDate", "not_a_date")]),
        ("accounts", account(DueDate="0001-01-01"), [("DueDate", "date_out_of_range")]),
        ("accounts", account(Status="Sleeping"), [("Status", "unknown_choice")]),
        ("accounts", account(Currency="ZZZ"), [("Currency", "unknown_currency")]),
        ("accounts", account(AccountNumber="x" * 101), [("AccountNumber", "too_long")]),
        ("accounts", account(AccountNumber="1.2E+10"), [("AccountNumber", "scientific_notation")]),
        ("accounts", account(Agent="no@mail"), [("Agent", "not_an_email")]),
        ("accounts", account(Balance="€5", Currency="USD"), [("Balance", "currency_conflict")]),
        ("accounts", account(Balance="$5", Currency="EUR"), [("Balance", "currency_conflict")]),
        ("transactions", transaction(AccountNumber=""), [(None, "account_missing")]),
        ("transactions", transaction(Amount="-5"), [("Amount", "amount_not_positive")]),
        ("transactions", transaction(Amount="0.00"), [("Amount", "amount_not_positive")]),
        (
            "transactions",
            transaction(Type="payment_reversal"),
            [("ReversesReference", "reverses_reference_missing")],
        ),
        (
            "transactions",
            transaction(Type="gift", Amount="-5", TransactionDate="soon"),
            [("Type", "unknown_choice"), ("TransactionDate", "not_a_date")],
        ),
        (
            "accounts",
            account(AccountName="", Balance="many", DueDate="soon"),
            [("AccountName", "required"), ("Balance", "not_a_number"), ("DueDate", "not_a_date")],
        ),
    ],
)
def test_every_violation_of_a_row_is_reported(
    record_type: str, record: dict[str, str], expected: list[tuple[str | None, str]]
) -> None:
    assert codes_of(judge(record_type, record)) == expected


def test_a_sign_with_several_meanings_is_not_guessed() -> None:
    record = account(Balance="$5")
    verdict = judge("accounts", record, formats=Formats(currency="EUR"))
    assert codes_of(verdict) == [("Balance", "ambiguous_currency")]


def test_a_rejected_row_keeps_what_could_be_read_and_its_cells() -> None:
    verdict = judge("accounts", account(Balance="250.00", DueDate="soon"))
    assert values_of("accounts", verdict) == {"AccountName": "ABC", "Balance": "250.00"}
    assert verdict[7] == ["ABC", "250.00", "soon"]
    assert verdict[6][0][3] == "soon"


def test_an_empty_cell_keeps_the_value_unless_its_field_is_to_be_cleared() -> None:
    record = account(Status="", DueDate=" ", CustomParameter1="", CustomParameter2="")
    kept = judge("accounts", record)
    cleared = judge("accounts", record, clear=("DueDate", "CustomParameter2", "Balance"))
    assert values_of("accounts", kept) == {"AccountName": "ABC", "Balance": "1250.00"}
    assert kept[4] is None
    assert values_of("accounts", cleared)["DueDate"] == ""
    assert cleared[4] == {"CustomParameter2": ""}


def test_a_required_field_cannot_be_cleared() -> None:
    verdict = judge("accounts", account(Balance=""), clear=("Balance",))
    assert codes_of(verdict) == [("Balance", "required")]


def test_custom_fields_stand_by_their_name() -> None:
    verdict = judge("accounts", account(CustomParameter1="Value1", CustomParameterRegion=""))
    assert verdict[4] == {"CustomParameter1": "Value1"}


def test_a_repaired_row_is_accepted_with_a_warning() -> None:
    verdict = judge("accounts", account(), found=[["repaired", "Joined again."]])
    assert verdict[0] == "accepted"
    assert verdict[5] == [[None, "repaired", "Joined again.", None]]


def test_a_short_row_is_judged_by_what_it_has() -> None:
    record = account(Balance="")
    verdict = judge("accounts", record, found=[["ragged_short", "Cells are missing."]])
    assert codes_of(verdict) == [("Balance", "required")]
    assert verdict[5][0][1] == "ragged_short"


def test_a_row_that_cannot_be_laid_out_is_rejected_with_its_original_cells() -> None:
    judged = compile_judge(reading("accounts", ("AccountName", "Balance")))
    cells = ["A", "1", "250.00", "x"]
    (verdict,) = judged.judge([[3, 1, cells, [["ragged_long", "Too many."]]]])
    decoded = orjson.loads(verdict)
    assert codes_of(decoded) == [(None, "ragged_long")]
    assert decoded[7] == cells
    assert set(decoded[3]) == {None}


def test_a_refused_row_that_lies_on_its_columns_is_read_as_far_as_it_can_be() -> None:
    found = [["null_bytes", "The row holds NUL characters."]]
    verdict = judge("accounts", account(DueDate="soon"), found=found)
    assert codes_of(verdict) == [(None, "null_bytes"), ("DueDate", "not_a_date")]
    assert values_of("accounts", verdict)["Balance"] == "1250.00"


def test_a_warning_about_a_value_names_its_field() -> None:
    verdict = judge("accounts", account(Balance="1.250"))
    assert verdict[0] == "accepted"
    assert [item[:2] for item in verdict[5]] == [["Balance", "three_decimals"]]


def test_verdicts_keep_the_order_of_mixed_rows() -> None:
    judged = compile_judge(reading("accounts", ("AccountName", "Balance")))
    rows: list[list[Any]] = [
        [1, 1, ["A", "1.00"]],
        [2, 1, ["B", "x"]],
        [3, 2, ["C"], [["ragged_long", "Too many."]]],
        [4, 1, ["D", "$4.00"], [["repaired", "Joined."]]],
        [5, 1, ["E", "(5.00)"]],
    ]
    verdicts = [orjson.loads(verdict) for verdict in judged.judge(rows)]
    assert [verdict[1:3] for verdict in verdicts] == [[1, 1], [2, 1], [3, 2], [4, 1], [5, 1]]
    assert [verdict[0] for verdict in verdicts] == [
        "accepted",
        "rejected",
        "rejected",
        "accepted",
        "accepted",
    ]


def test_no_rows_give_no_verdicts() -> None:
    assert compile_judge(reading("accounts", ("AccountName", "Balance"))).judge([]) == []
