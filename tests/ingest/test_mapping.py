"""Columns to fields over HTTP: suggested, waited for, set, remembered."""

from typing import Any

import pytest

FILE = "Acct #,Kunde,Offen,Custom Parameter 1\nA-1,Alpha,10.00,blue\nA-2,Beta,20.00,red\n"


async def column(ingest: Any, import_id: str, name: str) -> dict[str, Any]:
    shown = (await ingest.get(f"/v1/imports/{import_id}/mapping")).json()
    return next(item for item in shown["columns"] if item["column"] == name)


async def test_a_required_field_without_column_waits_for_a_person(ingest: Any) -> None:
    opened = await ingest.open(FILE)
    assert opened["state"] == "mapping"
    await ingest.settle()
    assert (await ingest.show(opened["id"]))["state"] == "mapping"
    shown = (await ingest.get(f"/v1/imports/{opened['id']}/mapping")).json()
    assert shown["missing"] == ["AccountName", "Balance"]
    assert [item["column"] for item in shown["columns"]] == FILE.splitlines()[0].split(",")
    assert await column(ingest, opened["id"], "Acct #") == {
        "column": "Acct #",
        "samples": ["A-1", "A-2"],
        "suggestion": "AccountNumber",
        "confidence": pytest.approx(0.98, abs=0.05),
        "reason": "alias",
        "field": "AccountNumber",
    }
    custom = await column(ingest, opened["id"], "Custom Parameter 1")
    assert (custom["field"], custom["confidence"]) == ("CustomParameter1", 1.0)


async def test_setting_the_mapping_starts_a_revision_that_is_read(ingest: Any) -> None:
    opened = await ingest.open(FILE)
    mapping = {"Kunde": "AccountName", "Offen": "Balance"}
    answer = await ingest.map(opened["id"], mapping=mapping)
    assert answer.status_code == 200
    assert answer.json()["missing"] == []
    assert answer.json()["revision"] == 2
    await ingest.settle()
    ready = await ingest.show(opened["id"])
    assert (ready["state"], ready["counts"]["created"]) == ("ready", 2)
    assert ready["config"]["mapping"]["Offen"] == "Balance"
    (header,) = await ingest.received(opened["id"])
    assert b'"accounts"' in header


async def test_a_mapping_set_by_hand_is_suggested_for_the_next_file_of_this_kind(
    ingest: Any,
) -> None:
    first = await ingest.open(FILE)
    await ingest.map(first["id"], mapping={"Kunde": "AccountName", "Offen": "Balance"})
    reordered = "Offen,Kunde,Acct #,Custom Parameter 1\n30.00,Gamma,A-3,green\n"
    second = await ingest.open(reordered)
    assert second["state"] == "reading"
    found = await column(ingest, second["id"], "Kunde")
    assert (found["suggestion"], found["confidence"], found["reason"]) == (
        "AccountName",
        1.0,
        "saved",
    )


async def test_a_field_moves_to_the_column_that_is_named(ingest: Any) -> None:
    opened = await ingest.open("AccountName,Balance,Other\nAlpha,1.00,2.00\n")
    await ingest.map(opened["id"], mapping={"Other": "Balance"})
    assert (await column(ingest, opened["id"], "Balance"))["field"] is None
    await ingest.settle()
    assert (await ingest.show(opened["id"]))["amounts"]["USD"]["in"] == 200


async def test_a_change_that_changes_nothing_starts_no_revision(ingest: Any) -> None:
    opened = await ingest.open("AccountName,Balance\nAlpha,1.00\n")
    answer = await ingest.map(opened["id"], mapping={"Balance": "Balance"})
    assert answer.json()["revision"] == 1


async def test_a_constant_fills_a_missing_column(ingest: Any) -> None:
    opened = await ingest.open("AccountName\nAlpha\n")
    assert opened["state"] == "mapping"
    await ingest.map(opened["id"], constants={"Balance": "7.50", "Currency": "EUR"})
    await ingest.settle()
    assert (await ingest.show(opened["id"]))["amounts"]["EUR"]["in"] == 750


async def test_a_given_mapping_is_followed_and_other_columns_are_left_out(ingest: Any) -> None:
    file = "Name,Sum,DueDate\nAlpha,5.00,2024-01-01\n"
    opened = await ingest.open(file, mapping={"name": "AccountName", "Sum": "Balance"})
    assert opened["state"] == "reading"
    assert opened["config"]["mapping"] == {
        "Name": "AccountName",
        "Sum": "Balance",
        "DueDate": None,
    }


@pytest.mark.parametrize(
    ("update", "location", "code"),
    [
        ({"mapping": {"Offen": "Saldo"}}, "config.mapping.Offen", "unknown_field"),
        ({"mapping": {"Nowhere": "Balance"}}, "config.mapping.Nowhere", "unknown_column"),
        (
            {"mapping": {"Offen": "Balance", "Kunde": "Balance"}},
            "config.mapping.Kunde",
            "field_mapped_twice",
        ),
        (
            {"mapping": {"Offen": "Balance"}, "constants": {"Balance": "1.00"}},
            "config.constants.Balance",
            "field_mapped_twice",
        ),
        ({"constants": {"Saldo": "1"}}, "config.constants.Saldo", "unknown_field"),
        ({"constants": {"Balance": "x"}}, "config.constants.Balance", "not_a_number"),
        ({"formats": {"date": "DD-QQ"}}, "config.formats.date", "unknown_format"),
        ({"empty_cells": {"Saldo": "clear"}}, "config.empty_cells.Saldo", "unknown_field"),
        ({"table": {"encoding": "klingon"}}, "config.table.encoding", "unknown_encoding"),
    ],
)
async def test_a_mapping_that_cannot_be_is_refused_with_its_place(
    ingest: Any, update: dict[str, Any], location: str, code: str
) -> None:
    opened = await ingest.open(FILE)
    answer = await ingest.map(opened["id"], **update)
    assert answer.status_code == 422, answer.text
    assert (answer.json()["errors"][0]["location"], answer.json()["errors"][0]["code"]) == (
        location,
        code,
    )
    assert (await ingest.show(opened["id"]))["revision"] == 1


async def test_the_shape_of_the_table_can_be_corrected(ingest: Any) -> None:
    file = "report of today\nAccountName|Balance\nM\xfcller|1.00\n".encode("latin-1")
    opened = await ingest.open(file)
    assert opened["file"]["header_row"] == 2
    answer = await ingest.map(opened["id"], table={"encoding": "cp1250", "header_row": 0})
    assert answer.status_code == 200
    columns = [item["column"] for item in answer.json()["columns"]]
    assert columns[0] == "Column 1"
    shown = await ingest.show(opened["id"])
    assert (shown["state"], shown["file"]["header_row"]) == ("mapping", None)
    await ingest.map(opened["id"], table={"header_row": 2})
    assert (await ingest.show(opened["id"]))["state"] == "reading"


async def test_a_file_that_was_not_readable_is_read_once_its_encoding_is_said(ingest: Any) -> None:
    file = "AccountName,Balance\nM\xfcller,1.00\n".encode("latin-1")
    opened = await ingest.open(file, table={"encoding": "utf-8"})
    await ingest.settle()
    failed = await ingest.show(opened["id"])
    assert failed["state"] == "failed"
    assert failed["failure"]["way_on"]
    await ingest.map(opened["id"], table={"encoding": "latin-1"})
    await ingest.settle()
    ready = await ingest.show(opened["id"])
    assert (ready["state"], ready["failure"]) == ("ready", None)


async def test_empty_cells_clear_only_what_was_said(ingest: Any) -> None:
    first = "AccountNumber,AccountName,Balance,Status,DueDate\nA-1,Alpha,1.00,Active,2024-01-01\n"
    await ingest.book(first)
    second = "AccountNumber,AccountName,Balance,Status,DueDate\nA-1,Alpha,1.00,,\n"
    await ingest.book(second, empty_cells={"DueDate": "clear"})
    row = await ingest.books.fetchrow("select status, due_date from accounts")
    assert (row["status"], row["due_date"]) == ("Active", None)


async def test_transactions_need_some_account(ingest: Any) -> None:
    file = "Type,Amount,TransactionDate\npayment,1.00,2024-01-01\n"
    opened = await ingest.open(file, record_type="transactions")
    shown = (await ingest.get(f"/v1/imports/{opened['id']}/mapping")).json()
    assert (opened["state"], shown["missing"]) == ("mapping", ["AccountNumber"])
