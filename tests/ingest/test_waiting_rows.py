"""Held and parked rows: released, dismissed, given to people; and the queue of them."""

from typing import Any

HEADER = "AccountNumber,AccountName,Balance\n"
PAYMENTS = "TransactionReference,AccountNumber,Type,Amount,TransactionDate\n"


async def hold(ingest: Any, rows: int = 2) -> dict[str, Any]:
    """An import of which so many rows are held, and the last is booked."""
    numbers = range(1, rows + 1)
    await ingest.book(HEADER + "".join(f"A-{n},Name {n},10.00\n" for n in numbers))
    held = "".join(f"A-{n},Name {n},12.00\n" for n in numbers)
    done = await ingest.book(HEADER + held + "B-1,New,1.00\n")
    assert done["counts"]["held"] == rows
    return done


async def test_a_released_row_is_booked_and_who_did_it_is_kept(ingest: Any) -> None:
    done = await hold(ingest)
    answer = await ingest.post(f"{done['id']}/rows/1/release")
    assert answer.status_code == 202
    assert (answer.json()["row"], answer.json()["outcome"]) == (1, "held")
    assert answer.json()["raw"]["Balance"] == "12.00"
    await ingest.settle()
    rows = await ingest.rows(done["id"])
    assert [row["outcome"] for row in rows] == ["updated", "held", "created"]
    kept = await ingest.facilities.pool.fetchrow("select * from row_decisions")
    assert (kept["row"], kept["decision"], kept["actor"]) == (1, "release", "tester")
    again = await ingest.post(f"{done['id']}/rows/1/release")
    assert again.status_code == 202
    assert await ingest.take_steps() == []


async def test_a_dismissal_has_a_reason_which_stays_off_the_topics(ingest: Any) -> None:
    done = await hold(ingest)
    path = f"{done['id']}/rows/2/dismiss"
    for reason in ("", "no"):
        assert (await ingest.post(path, reason=reason)).status_code == 422
    assert (await ingest.post(path)).status_code == 422
    for _ in range(2):
        answer = await ingest.post(path, reason="Duplicate of Jané's file")
        assert answer.status_code == 202
    said = await ingest.facilities.pool.fetch("select value from outbox")
    assert len(said) == 1
    assert b"Jan" not in said[0]["value"]
    await ingest.settle()
    rows = await ingest.rows(done["id"])
    assert (rows[1]["outcome"], rows[1]["reason"]) == ("rejected", "dismissed")
    kept = await ingest.facilities.pool.fetch("select reason from row_decisions")
    assert [row["reason"] for row in kept] == ["Duplicate of Jané's file"]
    late = await ingest.post(f"{done['id']}/rows/2/release")
    assert (late.status_code, late.json()["code"]) == (409, "row_not_waiting")


async def test_rows_are_decided_together_or_not_at_all(ingest: Any) -> None:
    done = await hold(ingest)
    booked = await ingest.post(f"{done['id']}/release", rows=[1, 3])
    assert (booked.status_code, booked.json()["rows"]) == (409, [3])
    unknown = await ingest.post(f"{done['id']}/dismiss", rows=[1, 99], reason="Not ours")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_such_row")
    assert "99" in unknown.json()["detail"]
    assert await ingest.take_steps() == []
    answer = await ingest.post(f"{done['id']}/release", rows=[2, 1, 1])
    assert [row["row"] for row in answer.json()["data"]] == [1, 2]
    await ingest.settle()
    assert (await ingest.show(done["id"]))["counts"]["held"] == 0


async def test_before_completion_nothing_waits_yet(ingest: Any) -> None:
    await ingest.book(HEADER + "A-1,Alpha,10.00\n")
    ready = await ingest.review(HEADER + "A-1,Alpha,12.00\n")
    for path in ("rows/1/release", "release"):
        answer = await ingest.post(
            f"{ready['id']}/{path}", **({"rows": [1]} if "/" not in path else {})
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "not_completed")
    missing = await ingest.post("01a20da3-bd03-7001-8946-c8f990443099/rows/1/release")
    assert missing.status_code == 404


async def queue(ingest: Any, **asked: Any) -> dict[str, Any]:
    answer = await ingest.get("/v1/reviews", **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_queue_lists_what_waits_the_newest_import_first_in_pages(ingest: Any) -> None:
    first = await hold(ingest)
    second = await ingest.book(HEADER + "A-1,Name 1,13.00\n")
    page = await queue(ingest, limit=2)
    assert [(item["import_id"], item["row"]) for item in page["data"]] == [
        (second["id"], 1),
        (first["id"], 1),
    ]
    assert page["has_more"] is True
    item = page["data"][0]
    assert (item["code"], item["outcome"]) == ("balance_differs", "held")
    assert item["sentence"]
    assert item["way_on"]
    assert item["since"].endswith("Z")
    rest = await queue(ingest, limit=2, starting_after=page["data"][-1]["cursor"])
    assert [(item["row"], rest["has_more"]) for item in rest["data"]] == [(2, False)]
    one = await queue(ingest, import_id=second["id"], code="balance_differs")
    assert len(one["data"]) == 1
    assert (await queue(ingest, code="moved"))["data"] == []


async def test_parked_rows_are_a_queue_of_their_own(ingest: Any) -> None:
    done = await ingest.book(
        PAYMENTS + "P-1,A-9,payment,1.00,2026-01-02\n", record_type="transactions"
    )
    assert (await queue(ingest))["data"] == []
    (item,) = (await queue(ingest, outcome="parked"))["data"]
    assert (item["import_id"], item["record_type"]) == (done["id"], "transactions")
    assert (item["code"], item["outcome"]) == ("account_unknown", "parked")
    assert (
        await ingest.post(f"{done['id']}/rows/1/dismiss", reason="Test data")
    ).status_code == 202
    await ingest.settle()
    assert (await queue(ingest, outcome="parked"))["data"] == []


async def test_rows_are_given_to_people_and_taken_back(ingest: Any) -> None:
    done = await hold(ingest)
    path = f"{done['id']}/assign"
    given = await ingest.post(path, rows=[1, 2], assignee="ann", note="Ask the sender")
    assert given.status_code == 204
    await ingest.post(path, rows=[2], assignee="bob")
    (item,) = (await queue(ingest, assignee="ann"))["data"]
    assert (item["row"], item["note"]) == (1, "Ask the sender")
    await ingest.post(path, rows=[1], assignee=None)
    assert (await queue(ingest, assignee="ann"))["data"] == []
    assert [item["assignee"] for item in (await queue(ingest))["data"]] == [None, "bob"]
    assert (await ingest.post(path, rows=[3], assignee="ann")).status_code == 409
    assert (await ingest.post(path, rows=[99], assignee="ann")).status_code == 404


async def test_nonsense_in_the_queues_query_is_refused(ingest: Any) -> None:
    for asked in (
        {"starting_after": "x"},
        {"starting_after": "01a20da3-bd03-7001-8946-c8f990443099:x"},
        {"outcome": "lost"},
        {"limit": 0},
        {"import_id": "1"},
        {"code": "' or 1=1"},
    ):
        assert (await ingest.get("/v1/reviews", **asked)).status_code == 422, asked
    answer = await ingest.client.get(
        "/v1/reviews", headers={"Authorization": "Bearer ann/imports:write"}
    )
    assert answer.status_code == 403
