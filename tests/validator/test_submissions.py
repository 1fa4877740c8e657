"""Verdicts on upstream records: what is taken, what is refused, and what identifies a content."""

from typing import Any

import pytest

from contracts.events.records_judged import RecordJudged
from contracts.record_type import RecordType
from contracts.records import record_types
from services.validator.domain.submissions import Submission, judge_submission

NOW = "2026-01-02T03:04:05Z"


def submit(record: dict[str, Any], record_type: str = "transactions", **more: Any) -> RecordJudged:
    submission = Submission("/bank", "e-1", record_type, record, **more)
    return judge_submission(submission, received_at=NOW)


def payment(**changes: Any) -> dict[str, Any]:
    record = {
        "TransactionReference": "PAY-1",
        "AccountNumber": "AC-1",
        "Type": "payment",
        "Amount": "250.00",
        "TransactionDate": "2024-02-01",
        **changes,
    }
    return {name: value for name, value in record.items() if value != "absent"}


def codes_of(judged: RecordJudged) -> list[tuple[str | None, str]]:
    assert judged.verdict == "rejected"
    return [(item.field, item.code) for item in judged.violations]


def values_of(judged: RecordJudged) -> dict[str, str]:
    record_type: RecordType = record_types()[judged.record_type]
    pairs = zip(record_type.field_names, judged.values, strict=True)
    return {name: value for name, value in pairs if value is not None}


def test_a_good_record_is_accepted_with_its_values_in_canonical_form() -> None:
    judged = submit(payment(Amount="$1,250.00", Type="pmt", AccountNumber=1001, Notes=None))
    assert judged.verdict == "accepted"
    assert values_of(judged) == {
        "TransactionReference": "PAY-1",
        "AccountNumber": "1001",
        "Type": "payment",
        "Amount": "1250.00",
        "Currency": "USD",
        "TransactionDate": "2024-02-01",
    }
    assert (judged.reference, judged.received_at, judged.cells) == ("PAY-1", NOW, {})


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (payment(Amount=12.5), [("Amount", "inexact_number")]),
        (payment(Amount=True), [("Amount", "boolean_value")]),
        (payment(Notes=["a"]), [("Notes", "nested_value")]),
        (payment(Notes={"a": 1}), [("Notes", "nested_value")]),
        (payment(Amount="absent"), [("Amount", "required")]),
        (payment(Amount=None), [("Amount", "required")]),
        (payment(AccountNumber=""), [(None, "account_missing")]),
        (payment(AccountNumber=False), [("AccountNumber", "boolean_value")]),
        (payment(Colour="red"), [("Colour", "unknown_field")]),
        (payment(CustomParameter1="x"), [("CustomParameter1", "unknown_field")]),
        (payment(Amount="1.250,00"), [("Amount", "ambiguous_number")]),
        (payment(TransactionDate="02/01/2024"), [("TransactionDate", "not_a_date")]),
        (payment(Amount="-5"), [("Amount", "amount_not_positive")]),
        (payment(Amount=-5), [("Amount", "amount_not_positive")]),
        (payment(Notes="a\x00b"), [("Notes", "null_character")]),
        (
            payment(Colour="red", Amount=12.5, Type="gift"),
            [("Colour", "unknown_field"), ("Amount", "inexact_number"), ("Type", "unknown_choice")],
        ),
    ],
)
def test_every_violation_of_a_record_is_reported(
    record: dict[str, Any], expected: list[tuple[str | None, str]]
) -> None:
    assert sorted(codes_of(submit(record)), key=str) == sorted(expected, key=str)


def test_a_record_of_an_unknown_type_is_rejected_without_values() -> None:
    judged = submit({"Name": "Rex"}, "pets")
    assert codes_of(judged) == [(None, "unknown_record_type")]
    assert (judged.values, judged.reference, judged.cells) == ([], None, {"Name": "Rex"})


def test_a_field_that_stands_twice_is_a_violation() -> None:
    judged = submit(payment(), repeated=("Amount",))
    assert ("Amount", "repeated_field") in codes_of(judged)


def test_a_rejected_record_keeps_its_reference_and_its_cells() -> None:
    judged = submit(payment(Amount=12.5, Notes=None))
    assert judged.reference == "PAY-1"
    assert judged.cells["Amount"] == "12.5"
    assert judged.cells["Notes"] is None


def test_custom_fields_of_accounts_are_taken() -> None:
    judged = submit({"AccountName": "A", "Balance": "5", "CustomParameterX": "v"}, "accounts")
    assert judged.verdict == "accepted"
    assert judged.custom == {"CustomParameterX": "v"}


def test_too_many_fields_are_one_violation_and_required_ones() -> None:
    record = {f"CustomParameter{number}": "v" for number in range(201)}
    judged = submit(record, "accounts")
    assert (None, "too_many_fields") in codes_of(judged)


def test_nothing_that_is_stored_holds_nul_characters() -> None:
    judged = submit({"A\x00": "x\x00", "TransactionReference": "R\x00"})
    assert "\\u0000" not in judged.model_dump_json()


def test_a_huge_record_is_shortened_so_that_it_can_be_sent() -> None:
    judged = submit(payment(Notes="\u00e9" * 150_000))
    assert codes_of(judged) == [("Notes", "too_long")]
    assert len(judged.model_dump_json()) < 10_000


def test_the_fingerprint_is_of_the_content_alone() -> None:
    one = Submission("/a", "1", "accounts", {"AccountName": "A", "Balance": "1"})
    same = Submission("/b", "2", "accounts", {"Balance": "1", "AccountName": "A"})
    other = Submission("/a", "1", "accounts", {"AccountName": "A", "Balance": "2"})
    kind = Submission("/a", "1", "transactions", {"AccountName": "A", "Balance": "1"})
    assert one.fingerprint == same.fingerprint
    assert len({one.fingerprint, other.fingerprint, kind.fingerprint}) == 3
