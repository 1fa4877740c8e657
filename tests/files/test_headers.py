"""Mapping suggestions: sure ones, shown ones and ties."""

import pytest

from contracts.record_type import RecordType
from contracts.records import record_types
from services.files.headers import FieldNames, Suggestion, suggest_mapping

FIELDS = [
    FieldNames("AccountName", ("Acct Name",), "text", required=True),
    FieldNames("AccountNumber", ("Account #",), "reference"),
    FieldNames("Balance", ("Amount Due",), "money", required=True),
    FieldNames("DueDate", ("Due",), "date"),
]


def suggest(headers: list[str], **samples: list[str]) -> dict[str, Suggestion]:
    found = suggest_mapping(headers, FIELDS, samples)
    assert [item.column for item in found] == headers
    taken = [item.field for item in found if item.field]
    assert len(taken) == len(set(taken)), "each field at most once"
    return {item.column: item for item in found}


def test_names_and_aliases_are_accepted_however_they_are_spelled() -> None:
    found = suggest(["account name", "ACCT-NO", "amount_due", "Due Date"])
    assert [item.field for item in found.values()] == [
        "AccountName",
        "AccountNumber",
        "Balance",
        "DueDate",
    ]
    assert all(item.accepted for item in found.values())


def test_a_likely_name_is_shown_with_less_confidence() -> None:
    found = suggest(["Outstanding Balanc"])["Outstanding Balanc"]
    assert not found.accepted
    assert suggest(["Balanse"])["Balanse"].field == "Balance"
    assert not suggest(["Balanse"])["Balanse"].accepted


def test_two_columns_that_fit_a_field_equally_are_a_tie() -> None:
    fields = [FieldNames("Name"), FieldNames("City")]
    first, second = suggest_mapping(["NAME", "Na me"], fields)
    assert (first.field, first.reason, first.accepted) == ("Name", "tie", False)
    assert second.field is None


def test_a_column_that_two_fields_fit_equally_is_a_tie() -> None:
    fields = [FieldNames("DebtorName", ("Name",)), FieldNames("AccountName", ("Name",))]
    (found,) = suggest_mapping(["Name"], fields)
    assert (found.reason, found.accepted) == ("tie", False)
    assert found.field in ("DebtorName", "AccountName")


def test_the_exact_name_wins_over_an_alias_of_another_column() -> None:
    found = suggest(["Acct Name", "AccountName"])
    assert found["AccountName"] == Suggestion("AccountName", "AccountName", 1.0, "name")
    assert found["Acct Name"].field is None


def test_cells_that_cannot_be_of_the_kind_lower_the_confidence() -> None:
    assert suggest(["Due"], Due=["2024-01-15", "2024-02-01"])["Due"].accepted
    assert not suggest(["Due"], Due=["Smith", "Jones"])["Due"].accepted
    assert not suggest(["Balance"], Balance=["yes", "no"])["Balance"].accepted
    assert suggest(["Balance"], Balance=["$1,250.00", ""])["Balance"].accepted


def test_columns_that_resemble_nothing_stay_open() -> None:
    assert suggest(["Zodiac"])["Zodiac"] == Suggestion("Zodiac", None, 0.0, "none")
    assert suggest(["#"])["#"].field is None


@pytest.mark.parametrize("record_type", record_types().values(), ids=lambda item: item.name)
def test_every_record_type_maps_its_own_template(record_type: RecordType) -> None:
    names = [
        FieldNames(field.name, field.aliases, field.kind, field.required)
        for field in record_type.fields
    ]
    found = suggest_mapping(record_type.field_names, names)
    assert [item.field for item in found] == list(record_type.field_names)
    assert all(item.accepted for item in found)
