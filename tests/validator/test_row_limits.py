"""What never leaves the validator, what is bounded, and which readings are refused."""

import orjson
import pytest

from contracts.envelope import Formats
from services.validator.domain.layouts import BadLayout
from services.validator.domain.remarks import MAX_REMARKS, NUL_SHOWN
from services.validator.domain.rows import UnknownRecordType, compile_judge
from services.validator.domain.writing import MAX_SHORTENED_CELL, MAX_VERDICT_BYTES
from services.values.problems import ValueProblem
from tests.validator.judged_rows import account, codes_of, judge, reading


def test_nul_characters_never_leave_the_validator() -> None:
    verdict = judge("accounts", account(AccountName="A\x00B"))
    assert codes_of(verdict) == [("AccountName", "null_character")]
    assert "\x00" not in orjson.dumps(verdict).decode("unicode_escape")
    assert verdict[7][0] == f"A{NUL_SHOWN}B"


def test_a_huge_rejected_row_is_shortened_so_that_it_can_be_sent() -> None:
    names = tuple(f"CustomParameter{number}" for number in range(900))
    judged = compile_judge(reading("accounts", ("AccountName", "Balance", *names)))
    (verdict,) = judged.judge([[1, 1, ["A", "12x", *(["\x01" * 4000] * 900)]]])
    decoded = orjson.loads(verdict)
    assert len(verdict) < MAX_VERDICT_BYTES
    assert len(decoded[7]) == 902
    assert 50 < max(map(len, decoded[7])) <= MAX_SHORTENED_CELL


def test_remarks_are_bounded_and_say_how_many_more_there_are() -> None:
    names = tuple(f"CustomParameter{number}" for number in range(200))
    judged = compile_judge(reading("accounts", ("AccountName", "Balance", *names)))
    (verdict,) = judged.judge([[1, 1, ["A", "1", *(["x" * 4001] * 200)]]])
    remarks = orjson.loads(verdict)[6]
    assert len(remarks) == MAX_REMARKS + 1
    assert remarks[-1][1] == "more_remarks"


def test_a_reading_of_an_unknown_record_type_is_refused() -> None:
    with pytest.raises(UnknownRecordType):
        compile_judge(reading("pets", ("Name",)))


@pytest.mark.parametrize("fields", [("Balance", "Balance"), ("Balance", "Height")])
def test_a_reading_with_repeated_or_unknown_fields_is_refused(fields: tuple[str, ...]) -> None:
    with pytest.raises(BadLayout):
        compile_judge(reading("accounts", fields))


def test_a_reading_with_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueProblem) as caught:
        compile_judge(reading("accounts", ("Balance",), formats=Formats(decimal="1_234")))
    assert caught.value.code == "unknown_format"
