"""The life of an import over HTTP: sent, reviewed, changed, completed or cancelled."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

HEADER = "AccountNumber,AccountName,Balance,DueDate\r\n"
CSV = HEADER + (
    'A-1,Alpha,"1,250.00",2024-01-15\r\nA-2,Beta,x,2024-01-15\r\nA-3,Gamma,3.00,2024-01-15\r\n'
)
GOOD = HEADER + "A-1,Alpha,10.00,2024-01-15\r\nA-2,Beta,20.00,2024-01-15\r\n"


async def test_a_file_becomes_an_import_that_is_reviewed_and_completed(ingest: Any) -> None:
    opened = await ingest.open(CSV)
    assert opened["state"] == "reading"
    assert opened["file"]["delimiter"] == ","
    await ingest.settle()
    ready = await ingest.show(opened["id"])
    assert ready["state"] == "ready"
    buckets = {"updated": 0, "unchanged": 0, "skipped": 0, "held": 0, "parked": 0}
    assert ready["counts"] == {"rows": 3, "created": 2, "rejected": 1, "pending": 0, **buckets}
    assert ready["amounts"]["USD"]["in"] == 125300
    assert ready["findings"][0]["code"] == "not_a_number"
    answer = await ingest.complete(ready["id"], ready["plan"]["id"])
    assert answer.status_code == 202
    assert answer.json()["state"] == "completing"
    await ingest.settle()
    done = await ingest.show(ready["id"])
    assert done["state"] == "completed"
    assert done["as_completed"]["counts"]["created"] == 2
    assert done["amounts"]["USD"]["posted"] == 125300


async def test_an_upload_is_seen_at_once_although_the_ledger_has_not_heard_of_it(
    ingest: Any,
) -> None:
    opened = await ingest.open(CSV)
    shown = await ingest.show(opened["id"])
    assert shown["state"] == "reading"
    assert shown["plan"] is None
    await ingest.read()
    shown = await ingest.show(opened["id"])
    assert shown["state"] == "reading"
    assert (shown["counts"]["rows"], shown["counts"]["pending"]) == (3, 3)


async def test_without_the_ledgers_views_imports_are_shown_all_the_same(ingest: Any) -> None:
    opened = await ingest.open(CSV)
    await ingest.books.execute("drop schema ledger_v1 cascade")
    assert (await ingest.show(opened["id"]))["state"] == "reading"
    assert (await ingest.get("/v1/imports")).json()["data"][0]["id"] == opened["id"]


async def test_a_repeated_key_gets_the_first_answer_and_no_second_import(ingest: Any) -> None:
    first = await ingest.upload(CSV, key="k-1")
    again = await ingest.upload(CSV, key="k-1")
    assert again.status_code == first.status_code == 202
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len((await ingest.get("/v1/imports")).json()["data"]) == 1
    assert len(await ingest.take_steps()) == 1


@pytest.mark.parametrize("change", [{"file": GOOD}, {"mode": "create_new"}])
async def test_a_key_cannot_be_used_for_another_upload(ingest: Any, change: dict[str, Any]) -> None:
    await ingest.upload(CSV, key="k-1")
    answer = await ingest.upload(**{"file": CSV, "key": "k-1", **change})
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"


async def test_parallel_uploads_under_one_key_open_one_import(ingest: Any) -> None:
    answers = await asyncio.gather(*(ingest.upload(CSV, key="k-1") for _ in range(8)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    ids = {answer.json()["id"] for answer in answers if answer.status_code == 202}
    assert len(ids) == 1
    stored = [facts.name async for facts in ingest.facilities.store.list("uploads/")]
    assert f"uploads/{ids.pop()}" in stored


async def test_the_same_bytes_are_recognised_with_who_and_when(ingest: Any) -> None:
    first = await ingest.open(GOOD, actor="ann")
    second = await ingest.open(GOOD, actor="bob")
    third = await ingest.open(GOOD, actor="cy")
    assert first["file"]["seen_before"] is None
    for later in (second, third):
        seen = later["file"]["seen_before"]
        assert seen["import_id"] == first["id"]
        assert seen["actor"] == "ann"
        assert seen["state"] == "reading"


async def test_completing_the_same_file_twice_changes_nothing(ingest: Any) -> None:
    first, second = await ingest.review(GOOD), await ingest.review(GOOD)
    for one in (first, second):
        current = await ingest.show(one["id"])
        await ingest.complete(one["id"], current["plan"]["id"])
        await ingest.settle()
    total = await ingest.books.fetchval("select sum(minor) from balances")
    assert total == 3000


async def test_lists_go_from_the_newest_on_in_pages(ingest: Any) -> None:
    ids = [(await ingest.open(GOOD))["id"] for _ in range(3)]
    page = (await ingest.get("/v1/imports", limit=2)).json()
    assert [one["id"] for one in page["data"]] == ids[:0:-1]
    assert page["has_more"] is True
    rest = (await ingest.get("/v1/imports", limit=2, starting_after=ids[1])).json()
    assert [one["id"] for one in rest["data"]] == ids[:1]
    assert rest["has_more"] is False


async def test_fifty_parallel_completions_give_one_command(ingest: Any) -> None:
    ready = await ingest.review(GOOD)
    asked = (ingest.complete(ready["id"], ready["plan"]["id"]) for _ in range(50))
    answers = await asyncio.gather(*asked)
    assert {answer.status_code for answer in answers} == {202}
    assert [step.kind for step in await ingest.take_steps()] == ["completion_requested"]


async def test_completing_again_after_completion_has_the_same_result(ingest: Any) -> None:
    done = await ingest.book(GOOD)
    again = await ingest.complete(done["id"], done["plan"]["id"])
    assert again.status_code == 202
    assert again.json()["state"] == "completed"
    assert await ingest.take_steps() == []


async def test_a_plan_that_is_not_current_is_refused_and_the_current_one_named(ingest: Any) -> None:
    ready = await ingest.review(GOOD)
    answer = await ingest.complete(ready["id"], str(uuid4()))
    assert answer.status_code == 409
    assert answer.json()["code"] == "plan_not_current"
    assert answer.json()["plan"] == ready["plan"]["id"]


async def test_an_import_that_is_still_read_cannot_be_completed(ingest: Any) -> None:
    opened = await ingest.open(GOOD)
    answer = await ingest.complete(opened["id"], str(uuid4()))
    assert answer.status_code == 409
    assert answer.json()["code"] == "not_ready"


async def test_missed_control_totals_block_until_overridden_with_a_reason(ingest: Any) -> None:
    ready = await ingest.review(GOOD, expected={"rows": 3, "amounts": {"USD": "30.00"}})
    refused = await ingest.complete(ready["id"], ready["plan"]["id"])
    assert refused.status_code == 409
    assert refused.json()["code"] == "control_totals_mismatch"
    assert refused.json()["found"]["rows"] == 2
    override = {"control_override": {"reason": "the sender confirmed two rows"}}
    forbidden = await ingest.client.patch(
        f"/v1/imports/{ready['id']}",
        json=override,
        headers={"Authorization": "Bearer tester/imports:write"},
    )
    assert forbidden.status_code == 403
    assert (await ingest.patch(ready["id"], **override)).status_code == 200
    await ingest.settle()
    ready = await ingest.show(ready["id"])
    assert ready["config"]["control_override"]["actor"] == "tester"
    assert (await ingest.complete(ready["id"], ready["plan"]["id"])).status_code == 202
    await ingest.settle()
    assert (await ingest.show(ready["id"]))["state"] == "completed"


async def test_matching_control_totals_do_not_block(ingest: Any) -> None:
    done = await ingest.book(GOOD, expected={"rows": 2, "amounts": {"USD": "30.00"}})
    assert done["state"] == "completed"


async def test_an_option_that_is_not_about_reading_makes_a_new_plan_only(ingest: Any) -> None:
    await ingest.book(GOOD)
    ready = await ingest.review(GOOD + "A-3,Gamma,1.00,2024-01-15\r\n")
    assert ready["counts"]["created"] == 1
    changed = await ingest.patch(ready["id"], mode="update_existing")
    assert changed.status_code == 200
    assert changed.json()["revision"] == ready["revision"]
    assert (changed.json()["state"], changed.json()["plan"]) == ("reading", None)
    assert (await ingest.complete(ready["id"], ready["plan"]["id"])).status_code == 409
    await ingest.settle()
    after = await ingest.show(ready["id"])
    assert after["counts"]["skipped"] == 1
    assert after["plan"]["id"] != ready["plan"]["id"]


async def test_another_date_format_is_another_reading(ingest: Any) -> None:
    file = HEADER + "A-1,Alpha,10.00,31/01/2024\r\n"
    ready = await ingest.review(file)
    assert ready["counts"]["rejected"] == 1
    changed = (await ingest.patch(ready["id"], formats={"date": "DD/MM/YYYY"})).json()
    assert (changed["state"], changed["revision"], changed["plan"]) == ("reading", 2, None)
    assert changed["config"]["formats"]["decimal"] == "1,234.56"
    refused = await ingest.complete(ready["id"], ready["plan"]["id"])
    assert refused.status_code == 409
    await ingest.settle()
    after = await ingest.show(ready["id"])
    assert (after["state"], after["counts"]["created"]) == ("ready", 1)


async def test_once_completion_is_asked_for_options_are_frozen(ingest: Any) -> None:
    ready = await ingest.review(GOOD)
    await ingest.complete(ready["id"], ready["plan"]["id"])
    for answer in (
        await ingest.patch(ready["id"], mode="create_new"),
        await ingest.map(ready["id"], mapping={"DueDate": None}),
    ):
        assert answer.status_code == 409
        assert answer.json()["code"] == "completion_requested"


async def test_a_cancelled_import_is_over_and_never_read(ingest: Any) -> None:
    opened = await ingest.open(GOOD)
    for _ in range(2):
        answer = await ingest.cancel(opened["id"])
        assert answer.status_code == 202
        assert answer.json()["state"] == "cancelled"
    assert [step.kind for step in await ingest.take_steps()] == [
        "opened",
        "cancellation_requested",
    ]
    await ingest.settle()
    assert await ingest.received(opened["id"]) == {}
    assert (await ingest.patch(opened["id"], mode="create_new")).status_code == 409


async def test_a_reviewed_import_can_be_cancelled_and_not_completed_then(ingest: Any) -> None:
    ready = await ingest.review(GOOD)
    await ingest.cancel(ready["id"])
    refused = await ingest.complete(ready["id"], ready["plan"]["id"])
    assert refused.status_code == 409
    await ingest.settle()
    assert (await ingest.show(ready["id"]))["state"] == "cancelled"
    assert await ingest.books.fetchval("select count(*) from accounts") == 0


async def test_it_is_too_late_to_cancel_what_is_completing(ingest: Any) -> None:
    ready = await ingest.review(GOOD)
    await ingest.complete(ready["id"], ready["plan"]["id"])
    answer = await ingest.cancel(ready["id"])
    assert answer.status_code == 409
    assert answer.json()["code"] == "too_late_to_cancel"
    await ingest.settle()
    assert (await ingest.show(ready["id"]))["state"] == "completed"


async def test_an_automatic_import_completes_by_itself(ingest: Any) -> None:
    opened = await ingest.open(GOOD, complete="automatic")
    await ingest.settle()
    done = await ingest.show(opened["id"])
    assert (done["state"], done["counts"]["created"]) == ("completed", 2)


async def test_only_so_many_first_rows_are_read_when_asked(ingest: Any) -> None:
    ready = await ingest.review(CSV, first_rows=1)
    assert ready["counts"]["rows"] == 1
    await ingest.patch(ready["id"], first_rows=None)
    await ingest.settle()
    assert (await ingest.show(ready["id"]))["counts"]["rows"] == 3


async def test_a_file_with_only_a_header_is_ready_with_a_finding(ingest: Any) -> None:
    ready = await ingest.review(HEADER)
    assert ready["state"] == "ready"
    assert ready["counts"]["rows"] == 0
    assert [finding["code"] for finding in ready["findings"]] == ["empty_file"]


@pytest.mark.parametrize("path", ["", "/mapping", "/rows", "/errors.csv", "/source", "/events"])
async def test_an_unknown_import_is_not_found(ingest: Any, path: str) -> None:
    answer = await ingest.get(f"/v1/imports/{uuid4()}{path}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


async def test_every_route_asks_for_its_scope(ingest: Any) -> None:
    paths = ["/v1/imports", f"/v1/imports/{uuid4()}/events", "/v1/templates/accounts.csv"]
    for path in paths:
        for token, status in (("nobody", 401), ("tester/records:read", 403)):
            headers = {"Authorization": f"Bearer {token}"}
            assert (await ingest.client.get(path, headers=headers)).status_code == status
