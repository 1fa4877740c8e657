"""Many rows corrected at once: judged again, replaced, or sent back as an error file."""

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


async def test_where_nothing_is_rejected_nothing_is_replayed(ingest: Any) -> None:
    done = await ingest.book(HEADER + "A-1,Alpha,1.00,\n", **MAPPED)
    answer = await ingest.post(f"{done['id']}/replay")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_correct")
    bad = await ingest.book(FILE, **MAPPED)
    assert (await ingest.post(f"{bad['id']}/replay", finding="moved")).status_code == 409
    ready = await ingest.review(FILE, **MAPPED)
    early = await ingest.post(f"{ready['id']}/replay")
    assert (early.status_code, early.json()["code"]) == (409, "not_completed")
    assert (await ingest.post(f"{bad['id']}/replay", mode="nonsense")).status_code == 422


async def test_held_rows_with_errors_are_in_the_error_file_and_in_the_replay(ingest: Any) -> None:
    await ingest.book(HEADER + "A-1,Alpha,1.00,\n", **MAPPED)
    done = await ingest.book(HEADER + "A-1,Alpha,9.00,\nA-2,Beta,x,\n", **MAPPED, on_error="review")
    assert done["counts"]["held"] == 2
    errors = parse((await ingest.get(f"/v1/imports/{done['id']}/errors.csv")).content)
    assert [line[1] for line in errors[1:]] == ["2"]
    opened = (await ingest.post(f"{done['id']}/replay")).json()
    assert [line[1] for line in (await source_of(ingest, opened["id"]))[1:]] == ["2"]


async def test_a_text_is_replaced_in_all_rejected_rows_before_completion(ingest: Any) -> None:
    file = HEADER + "A-1,Alpha,n/a,\nA-2,Beta,1.00,\nA-3,Gamma,n/a,\n"
    ready = await ingest.review(file, **MAPPED)
    asked = {"column": "Balance", "replace": "n/a", "by": "0.00"}
    answer = await ingest.post(f"{ready['id']}/replace", **asked)
    assert (answer.status_code, answer.json()["id"]) == (202, ready["id"])
    await ingest.settle()
    again = await ingest.show(ready["id"])
    assert (again["state"], again["counts"]["created"]) == ("ready", 3)
    assert [row["attempt"] for row in await ingest.rows(ready["id"])] == [2, 1, 2]
    none = await ingest.post(f"{ready['id']}/replace", **asked)
    assert (none.status_code, none.json()["code"]) == (409, "nothing_to_correct")
    unknown = await ingest.post(f"{ready['id']}/replace", **{**asked, "column": "Nope"})
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (422, "unknown_column")


async def test_many_pages_of_rows_are_replaced_in_one_plan(
    ingest: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.ingest.handlers.correcting.ROWS_PER_STEP", 2)
    ready = await ingest.review(
        HEADER + "".join(f"A-{n},Name {n},?,\n" for n in range(1, 8)), **MAPPED
    )
    await ingest.post(f"{ready['id']}/replace", column="Balance", replace="?", by="1.00")
    await ingest.settle()
    again = await ingest.show(ready["id"])
    assert (again["state"], again["counts"]["created"]) == ("ready", 7)


async def test_after_completion_replaced_rows_are_one_import_that_corrects(ingest: Any) -> None:
    done = await ingest.book(HEADER + "A-1,Alpha,n/a,\nA-2,Beta,x,\nA-3,Gamma,n/a,\n", **MAPPED)
    answer = await ingest.post(
        f"{done['id']}/replace", column="Balance", replace="n/a", by="2.00", complete="automatic"
    )
    opened = answer.json()
    assert (opened["corrects"], answer.headers["location"]) == (
        done["id"],
        f"/v1/imports/{opened['id']}",
    )
    await ingest.settle()
    again = await ingest.show(opened["id"])
    assert (again["state"], again["counts"]["rows"], again["counts"]["created"]) == (
        "completed",
        2,
        2,
    )


async def test_a_row_beyond_every_measure_is_refused_with_words(ingest: Any) -> None:
    columns = [f"Note{number}" for number in range(40)]
    file = f"AccountName,Balance,{','.join(columns)}\nAlpha,1.00{',' * len(columns)}\n"
    ready = await ingest.review(file, mapping={"AccountName": "AccountName", "Balance": "Balance"})
    mapping = {name: f"CustomParameter{name}" for name in columns}
    await ingest.map(ready["id"], mapping=mapping)
    await ingest.settle()
    answer = await ingest.correct(ready["id"], 1, **dict.fromkeys(columns, "x" * 32_000))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "row_too_large")
    assert await ingest.take_steps() == []
    longer = await ingest.correct(ready["id"], 1, Note1="x" * 40_000)
    assert longer.status_code == 422


async def errors_of(ingest: Any, import_id: str) -> bytes:
    return (await ingest.get(f"/v1/imports/{import_id}/errors.csv")).content


async def test_an_error_file_sent_back_before_completion_becomes_attempts(ingest: Any) -> None:
    file = FILE.replace("Beta", '"=cmd|1"') + "A-4,Delta,4.00,,more\n"
    ready = await ingest.review(file, **MAPPED)
    assert ready["counts"]["rejected"] == 3
    errors = await errors_of(ingest, ready["id"])
    fixed = errors.replace(b",ten,", b",20.00,").replace(b",,more", b",")
    answer = await ingest.upload(fixed, key="e-1")
    assert (answer.status_code, answer.json()["id"]) == (202, ready["id"])
    assert answer.headers["location"] == f"/v1/imports/{ready['id']}"
    assert "idempotency-replayed" not in answer.headers
    again = await ingest.upload(fixed, key="e-1")
    assert again.headers["idempotency-replayed"] == "true"
    await ingest.settle()
    shown = await ingest.show(ready["id"])
    assert (shown["state"], shown["counts"]["created"], shown["counts"]["rejected"]) == (
        "ready",
        3,
        1,
    )
    rows = await ingest.rows(ready["id"])
    assert [row["attempt"] for row in rows] == [1, 2, 1, 2]
    assert rows[1]["after"]["account_name"] == "=cmd|1"
    assert len((await ingest.get("/v1/imports")).json()["data"]) == 1
    stored = [facts.name async for facts in ingest.facilities.store.list("uploads/")]
    assert f"uploads/{ready['id']}" in stored


async def test_an_error_file_of_other_rows_is_refused_whole(ingest: Any) -> None:
    ready = await ingest.review(FILE, **MAPPED)
    errors = (await errors_of(ingest, ready["id"])).replace(b",ten,", b",20.00,")
    for foreign in (
        errors.replace(f"{ready['id']},3".encode(), f"{ready['id']},99".encode()),
        errors.replace(f"{ready['id']},3".encode(), f"{ready['id']},x".encode()),
        errors.replace(f"{ready['id']},3".encode(), b"01a20da3-bd03-7001-8946-c8f990443099,3"),
    ):
        answer = await ingest.upload(foreign)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "foreign_row")
        assert "Line 2" in answer.json()["detail"]
    same = await ingest.upload(await errors_of(ingest, ready["id"]))
    assert (same.status_code, same.json()["code"]) == (409, "nothing_to_correct")
    nameless = await ingest.upload(FILE, corrects=ready["id"])
    assert (nameless.status_code, nameless.json()["errors"][0]["code"]) == (422, "no_correction")
    assert (await ingest.show(ready["id"]))["plan"]["id"] == ready["plan"]["id"]
    assert await ingest.take_steps() == []
