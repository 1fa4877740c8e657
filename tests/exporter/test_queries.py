"""Queries against what a dataset has, and files' names: pure decisions."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.api.exports import ExportQuery
from contracts.records import record_types
from services.chassis.problems import Problem
from services.exporter.domain.files import content_disposition, name_file
from services.exporter.domain.queries import Selection, select

EXPORT_ID = UUID("0190c3b2-0000-7000-8000-0000deadbeef")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def choose(**query: Any) -> Selection:
    return select(ExportQuery.model_validate({"dataset": "accounts", **query}))


def headers(selection: Selection) -> list[str]:
    return [column.header for column in selection.columns]


@pytest.mark.parametrize(
    ("query", "location", "code"),
    [
        ({"dataset": "nothing"}, "body.dataset", "unknown_dataset"),
        ({"dataset": "acc\x00"}, "body", "bad_text"),
        ({"purpose": "\x00"}, "body", "bad_text"),
        ({"columns": ["Nope"]}, "body.columns", "unknown_column"),
        ({"columns": ["custom"]}, "body.columns", "unknown_column"),
        ({"columns": ["Balance", "balance"]}, "body.columns", "repeated_column"),
        ({"filter": {"nope": "1"}}, "body.filter.nope", "unknown_filter"),
        ({"filter": {"balance[like]": "1"}}, "body.filter.balance[like]", "unknown_operator"),
        ({"filter": {"balance": "1; drop table x"}}, "body.filter.balance", "bad_value"),
        ({"filter": {"due_date": "2026-02-30"}}, "body.filter.due_date", "bad_value"),
        ({"filter": {"status": "\x00"}}, "body", "bad_text"),
        ({"sort": ["nope"]}, "body.sort", "unknown_sort"),
        ({"sort": ["--id"]}, "body.sort", "unknown_sort"),
        ({"locale": {"decimal": "?"}}, "body.locale", "unknown_format"),
        ({"locale": {"date": "?"}}, "body.locale", "unknown_format"),
        ({"ids": ["' or 1=1"]}, "body.ids", "bad_value"),
        ({"ids": ["-1"]}, "body.ids", "bad_value"),
        ({"ids": ["9" * 19]}, "body.ids", "bad_value"),
        ({"layout": "import", "columns": ["Id"]}, "body.columns", "unknown_column"),
        ({"layout": "import", "columns": ["Balance"]}, "body.columns", "missing_column"),
        (
            {"layout": "import", "filter": {"state": "withdrawn"}},
            "body.filter.state",
            "unknown_filter",
        ),
    ],
)
def test_a_query_that_cannot_be_run_is_told_where_and_what_is_allowed(
    query: dict[str, Any], location: str, code: str
) -> None:
    with pytest.raises(Problem) as refused:
        choose(**query)
    assert refused.value.status == 422
    [item] = refused.value.errors
    assert (item.location, item.code) == (location, code)
    assert len(item.sentence) > 20


def test_a_report_has_every_field_and_what_every_record_has() -> None:
    found = headers(choose())
    assert found[:3] == ["AccountNumber", "AccountName", "Balance"]
    assert found[-4:] == ["Id", "State", "CreatedAt", "UpdatedAt"]


def test_an_import_layout_has_exactly_the_fields_of_the_template() -> None:
    found = headers(choose(layout="import"))
    assert found == list(record_types()["accounts"].field_names)


def test_custom_columns_stand_after_the_declared_ones_and_before_the_rest() -> None:
    found = headers(choose().with_custom(["CustomParameter1"]))
    assert found[8:10] == ["CustomParameter1", "Id"]


def test_columns_are_found_by_both_their_names_and_keep_their_order() -> None:
    selection = choose(columns=["due_date", "AccountName", "CustomParameterX", "import_id"])
    assert headers(selection) == ["DueDate", "AccountName", "CustomParameterX", "ImportId"]
    assert not selection.all_custom


def test_an_import_layout_of_transactions_needs_what_names_the_account() -> None:
    enough = ["TransactionReference", "Type", "Amount", "Currency", "TransactionDate"]
    with pytest.raises(Problem) as refused:
        choose(dataset="transactions", layout="import", columns=enough)
    assert "AccountNumber" in refused.value.errors[0].sentence
    choose(dataset="transactions", layout="import", columns=[*enough, "AccountName"])


def test_withdrawn_records_are_left_out_unless_asked_for() -> None:
    assert choose().source.filters.arguments == ("active",)
    assert choose(filter={"state[ne]": "active"}).source.filters.arguments == ("active",)
    assert choose().source.filters.sql != choose(filter={"state[ne]": "active"}).source.filters.sql


def test_only_what_nothing_narrows_is_read_whole() -> None:
    assert choose(columns=["Id"], sort=["-balance"]).whole
    assert not choose(filter={"status": "Active"}).whole
    assert not choose(ids=[]).whole


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({}, "accounts-2026-11-24-deadbeef.csv"),
        ({"compression": "gzip"}, "accounts-2026-11-24-deadbeef.csv.gz"),
        ({"file_name": "Q3 {date}.csv"}, "Q3 2026-11-24.csv"),
        ({"file_name": "{dataset}/{id}"}, "accounts_deadbeef.csv"),
        ({"file_name": "../../etc/passwd"}, "_.._etc_passwd.csv"),
        ({"file_name": "..."}, "accounts.csv"),
        ({"file_name": "a\r\nSet-Cookie: x"}, "a_Set-Cookie_ x.csv"),
        ({"file_name": "Übersicht\u202e"}, "Übersicht_.csv"),
    ],
)
def test_files_are_named_safely_and_by_their_day(query: dict[str, Any], name: str) -> None:
    asked = ExportQuery.model_validate({"dataset": "accounts", **query})
    assert name_file(asked, EXPORT_ID, NOON) == name


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1))
def test_a_download_header_is_one_line_of_ascii_whatever_the_name(name: str) -> None:
    header = content_disposition(name)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
