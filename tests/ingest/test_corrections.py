"""Rows corrected before completion (attempts) and after it (an import that corrects)."""

import csv
import io
from typing import Any

import pytest

HEADER = "AccountNumber,AccountName,Balance,DueDate\n"
FILE = HEADER + "A-1,Alpha,10.00,\nA-2,Beta,ten,\nA-3,Gamma,30.00,2024-02-30\n"


MAPPED: dict[str, Any] = {"mapping": {name: name for name in HEADER.strip().split(",")}}


def parse(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


async def source_of(ingest: Any, import_id: str) -> list[list[str]]:
    return parse((await ingest.get(f"/v1/imports/{import_id}/source")).content)


async def test_a_corrected_row_is_judged_again_before_completion(ingest: Any) -> None:
    ready = await ingest.review(FILE, **MAPPED)
    assert ready["counts"]["rejected"] == 2
    answer = await ingest.correct(ready["id"], 2, Balance="10.50")
    assert answer.status_code == 202
    assert (answer.json()["attempt"], answer.json()["raw"]["Balance"]) == (2, "10.50")
    waiting = await ingest.show(ready["id"])
    assert (waiting["state"], waiting["plan"]) == ("reading", None)
    await ingest.settle()
    again = await ingest.show(ready["id"])
    assert (again["state"], again["counts"]["created"], again["revision"]) == ("ready", 2, 1)
    assert again["plan"]["id"] != ready["plan"]["id"]
    stale = await ingest.complete(ready["id"], ready["plan"]["id"])
    assert stale.status_code == 409
    rows = await ingest.rows(ready["id"])
    assert [(row["row"], row["attempt"], row["raw"]["Balance"]) for row in rows] == [
        (1, 1, "10.00"),
        (2, 2, "10.50"),
        (3, 1, "30.00"),
    ]
    assert rows[1]["plan"] == "create"
    assert (await source_of(ingest, ready["id"]))[2][2] == "ten"


async def test_corrections_of_a_row_add_up_and_the_last_one_counts(ingest: Any) -> None:
    ready = await ingest.review(HEADER + "A-1,Alpha,x,31.12.2024\n", **MAPPED)
    await ingest.correct(ready["id"], 1, Balance="1.00")
    await ingest.settle()
    await ingest.correct(ready["id"], 1, DueDate="2024-12-31", AccountName="=Ünïcödé ✓")
    await ingest.settle()
    (row,) = await ingest.rows(ready["id"])
    assert (row["attempt"], row["plan"]) == (3, "create")
    assert row["after"]["balance"]["minor"] == 100
    assert row["after"]["account_name"] == "=Ünïcödé ✓"
    errors = parse((await ingest.get(f"/v1/imports/{ready['id']}/errors.csv")).content)
    assert len(errors) == 1


async def test_corrections_go_along_into_a_later_revision(ingest: Any) -> None:
    file = "Nr,AccountName,Balance,Name2\nA-1,Alpha,x,One\nA-2,Beta,2.00,Two\n"
    ready = await ingest.review(file, mapping={"AccountName": "AccountName", "Balance": "Balance"})
    await ingest.correct(ready["id"], 1, Balance="1.00")
    await ingest.settle()
    await ingest.map(ready["id"], mapping={"Nr": "AccountNumber"})
    await ingest.settle()
    again = await ingest.show(ready["id"])
    assert (again["state"], again["revision"], again["counts"]["created"]) == ("ready", 2, 2)
    rows = await ingest.rows(ready["id"])
    assert [(row["attempt"], row["after"]["account_number"]) for row in rows] == [
        (2, "A-1"),
        (1, "A-2"),
    ]
    await ingest.complete(ready["id"], again["plan"]["id"])
    await ingest.settle()
    total = await ingest.books.fetchval("select sum(minor) from balances")
    assert total == 300


async def test_where_the_files_shape_changes_its_rows_are_others(ingest: Any) -> None:
    mapping = {"AccountName": "AccountName", "Balance": "Balance"}
    ready = await ingest.review("AccountName,Balance\nAlpha,x\nBeta,y\n", mapping=mapping)
    await ingest.correct(ready["id"], 1, Balance="1.00")
    await ingest.settle()
    await ingest.patch(ready["id"], table={"header_row": 2})
    await ingest.settle()
    shown = await ingest.show(ready["id"])
    assert shown["revision"] == 2
    made = await ingest.facilities.pool.fetch("select revision from attempts")
    assert [row["revision"] for row in made] == [1]


async def test_a_row_with_too_many_cells_is_mended_by_emptying_one(ingest: Any) -> None:
    mapping = {"AccountName": "AccountName", "Balance": "Balance"}
    ready = await ingest.review("AccountName,Balance\nSmith, John,5.00\n", mapping=mapping)
    answer = await ingest.correct(ready["id"], 1, Balance="5.00", AccountName="Smith, John")
    assert answer.json()["raw"]["Column 3"] == "5.00"
    await ingest.settle()
    assert (await ingest.show(ready["id"]))["counts"]["rejected"] == 1
    await ingest.correct(ready["id"], 1, **{"Column 3": ""})
    await ingest.settle()
    (row,) = await ingest.rows(ready["id"])
    assert (row["plan"], row["after"]["account_name"]) == ("create", "Smith, John")


@pytest.mark.parametrize("completed", [False, True])
async def test_unknown_columns_and_rows_are_refused_by_name(ingest: Any, completed: bool) -> None:
    found = await (ingest.book if completed else ingest.review)(FILE, **MAPPED)
    answer = await ingest.correct(found["id"], 2, Balanse="1.00")
    assert answer.status_code == 422
    (item,) = answer.json()["errors"]
    assert (item["code"], item["location"]) == ("unknown_column", "body.cells.Balanse")
    assert "AccountName, Balance" in item["sentence"]
    missing = await ingest.correct(found["id"], 99, Balance="1.00")
    assert (missing.status_code, missing.json()["code"]) == (404, "no_such_row")
    nothing = await ingest.client.patch(f"/v1/imports/{found['id']}/rows/2", json={"cells": {}})
    assert nothing.status_code == 422
    assert await ingest.take_steps() == []


async def test_rows_that_cannot_be_corrected_now_say_when_they_can(ingest: Any) -> None:
    opened = await ingest.open(FILE, **MAPPED)
    early = await ingest.correct(opened["id"], 2, Balance="1.00")
    assert (early.status_code, early.json()["code"]) == (409, "not_correctable")
    assert "Wait" in early.json()["way_on"]
    await ingest.settle()
    ready = await ingest.show(opened["id"])
    await ingest.complete(ready["id"], ready["plan"]["id"])
    assert (await ingest.correct(ready["id"], 2, Balance="1.00")).status_code == 409
    await ingest.settle()
    booked = await ingest.correct(ready["id"], 1, Balance="1.00")
    assert (booked.status_code, booked.json()["code"]) == (409, "row_booked")


async def test_after_completion_a_corrected_row_is_an_import_that_corrects(ingest: Any) -> None:
    done = await ingest.book(FILE.replace("Beta", '"=cmd|1"'), mode="create_new", **MAPPED)
    answer = await ingest.correct(done["id"], 2, Balance="20.00")
    assert answer.status_code == 202
    opened = answer.json()
    assert answer.headers["location"] == f"/v1/imports/{opened['id']}"
    assert (opened["corrects"], opened["file"]["name"]) == (done["id"], "corrections-of-test.csv")
    assert (opened["config"]["mode"], opened["config"]["complete"]) == ("create_new", "manual")
    header, line = await source_of(ingest, opened["id"])
    assert header == ["_ImportId", "_Row", "_Errors", *HEADER.strip().split(",")]
    assert (line[:2], line[3:]) == ([done["id"], "2"], ["A-2", "'=cmd|1", "20.00", ""])
    await ingest.settle()
    ready = await ingest.show(opened["id"])
    await ingest.complete(opened["id"], ready["plan"]["id"])
    await ingest.settle()
    (row,) = await ingest.rows(opened["id"])
    assert (row["outcome"], row["corrects_row"]) == ("created", 2)
    assert row["after"]["account_name"] == "=cmd|1"
    first = await ingest.show(done["id"])
    assert (first["corrected_by"], first["counts"]["rejected"]) == ([opened["id"]], 2)


async def test_a_correction_may_complete_itself_and_counts_once(ingest: Any) -> None:
    done = await ingest.book(FILE, **MAPPED)
    for _ in range(2):
        answer = await ingest.client.patch(
            f"/v1/imports/{done['id']}/rows/2",
            json={"cells": {"Balance": "20.00"}, "complete": "automatic"},
        )
        assert answer.status_code == 202
        await ingest.settle()
    states = [
        (await ingest.show(one))["counts"]
        for one in (await ingest.show(done["id"]))["corrected_by"]
    ]
    assert [(counts["created"], counts["rejected"]) for counts in states] == [(1, 0), (0, 1)]
    assert await ingest.books.fetchval("select sum(minor) from balances") == 3000


async def test_rejects_are_judged_again_after_a_rule_has_changed(ingest: Any) -> None:
    file = HEADER + "A-1,Alpha,1.00,31.12.2024\nA-2,Beta,x,\nA-3,Gamma,3.00,\n"
    done = await ingest.book(file, **MAPPED)
    options = {"formats": {"date": "DD.MM.YYYY"}, "complete": "automatic"}
    answer = await ingest.post(f"{done['id']}/replay", **options, finding="not_a_date")
    assert answer.status_code == 202, answer.text
    opened = answer.json()
    assert opened["config"]["formats"]["date"] == "DD.MM.YYYY"
    assert [line[1] for line in (await source_of(ingest, opened["id"]))[1:]] == ["1"]
    await ingest.settle()
    again = await ingest.show(opened["id"])
    assert (again["state"], again["counts"]["created"]) == ("completed", 1)
    every = await ingest.post(f"{done['id']}/replay")
    assert len(await source_of(ingest, every.json()["id"])) == 3
    assert every.json()["config"]["complete"] == "manual"


async def test_a_replay_under_one_key_is_one_import(ingest: Any) -> None:
    done = await ingest.book(FILE, **MAPPED)
    send = ingest.client.post
    headers = {"Idempotency-Key": "r-1"}
    first = await send(f"/v1/imports/{done['id']}/replay", json={}, headers=headers)
    again = await send(f"/v1/imports/{done['id']}/replay", json={}, headers=headers)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = {"finding": "not_a_number"}
    third = await send(f"/v1/imports/{done['id']}/replay", json=other, headers=headers)
    assert third.status_code == 422
