"""The promises that the books make, driven from outside: docs/promises."""

import asyncio
from collections import Counter
from typing import Any

import asyncpg
import httpx

from contracts.topics import IMPORTS_REVERTED, LEDGER_CHANGED
from tests.conftest import run_apart
from tests.flow.caller import Caller, wait_for
from tests.flow.topics import Submission, hear, submit
from tests.stack import Stack


def accounts(mark: str, count: int, **cells: str) -> str:
    more = "".join(f",{name}" for name in cells)
    values = "".join(f",{value}" for value in cells.values())
    lines = [f"AccountNumber,AccountName,Balance{more}"]
    lines += [f"{mark}-{n},Debtor {n},100.00{values}" for n in range(1, count + 1)]
    return "\n".join(lines) + "\n"


def payments(mark: str, numbers: list[int], amount: str = "30.00") -> str:
    lines = ["TransactionReference,AccountNumber,Type,Amount,TransactionDate"]
    lines += [f"{mark}-P{n},{mark}-{n},payment,{amount},2026-02-01" for n in numbers]
    return "\n".join(lines) + "\n"


def pay(caller: Caller, mark: str, numbers: list[int]) -> dict[str, Any]:
    return caller.book(payments(mark, numbers), record_type="transactions")


def find_account(caller: Caller, number: str) -> dict[str, Any]:
    [found] = caller.list_all("/v1/accounts", account_number=number)
    return found


def revert(caller: Caller, import_id: str, **body: Any) -> httpx.Response:
    return caller.client.post(f"/v1/imports/{import_id}/revert", json=body)


async def trial_balance(dsn: str) -> tuple[int, int]:
    """What all postings come to, and what all balances come to."""
    connection = await asyncpg.connect(dsn)
    try:
        return tuple(
            await connection.fetchrow(
                "select (select coalesce(sum(minor), 0) from ledger_v1.postings),"
                " (select coalesce(sum(minor), 0) from ledger_v1.balances)"
            )
        )
    finally:
        await connection.close()


def test_a_revert_undoes_all_but_what_was_paid_since(
    caller: Caller, stack: Stack, mark: str
) -> None:
    created = caller.book(accounts(mark, 1000))
    pay(caller, mark, [number * 7 for number in range(1, 11)])
    planned = revert(caller, created["id"], dry_run=True)
    assert planned.status_code == 200, planned.text
    plan = planned.json()
    assert plan["state"] == "planned"
    assert plan["counts"] == {"reversed": 990, "kept": 10, "withdrawn": 0}
    assert plan["reasons"] == {"posted_since": 10}
    assert caller.show(created["id"])["state"] == "completed"
    assert revert(caller, created["id"]).status_code == 202
    reverted = caller.await_state(created["id"], "reverted")
    assert reverted["revert"]["counts"] == plan["counts"]
    assert reverted["as_completed"]["counts"]["created"] == 1000
    assert revert(caller, created["id"]).json()["state"] == "reverted"
    shown = caller.get(f"/v1/imports/{created['id']}/revert").json()
    assert {item["row"] for item in shown["kept"]} == {number * 7 for number in range(1, 11)}
    assert {item["code"] for item in shown["kept"]} == {"posted_since"}
    paid = find_account(caller, f"{mark}-7")
    assert (paid["state"], paid["balance"]["minor"]) == ("active", 7000)
    gone = find_account(caller, f"{mark}-1")
    assert (gone["state"], gone["balance"]["minor"]) == ("withdrawn", 0)
    history = caller.get(f"/v1/accounts/{gone['id']}/history").json()
    assert sorted(item["minor"] for item in history["postings"]) == [-10000, 10000]
    postings, balances = run_apart(trial_balance(stack.postgres_dsn))
    assert postings == balances


def test_a_revert_is_announced_as_a_whole_and_record_by_record(
    caller: Caller, stack: Stack, mark: str
) -> None:
    created = caller.book(accounts(mark, 3))
    revert(caller, created["id"])
    caller.await_state(created["id"], "reverted")

    def said(topic: str) -> list[dict[str, Any]] | None:
        heard = [one.json for one in hear(stack.kafka_bootstrap, topic)]
        return [one for one in heard if one["import_id"] == created["id"]] or None

    [whole] = wait_for(lambda: said(IMPORTS_REVERTED.name), "imports-reverted")
    assert whole["counts"] == {"reversed": 3, "kept": 0, "withdrawn": 0}
    assert whole["amounts"] == {"USD": {"reversed": -30000, "kept": 0}}

    def changes() -> Counter[str] | None:
        found = Counter(one["change"] for one in said(LEDGER_CHANGED.name) or [])
        return found if found["withdrawn"] == 3 else None

    assert wait_for(changes, "three withdrawals") == {"created": 3, "withdrawn": 3}


def test_what_is_not_completed_cannot_be_reverted(caller: Caller, mark: str) -> None:
    ready = caller.review(accounts(mark, 1))
    answer = revert(caller, ready["id"])
    assert answer.status_code == 409
    assert answer.json()["way_on"]


def test_exactly_the_rows_that_moved_since_the_review_are_held(
    caller: Caller, stack: Stack, mark: str
) -> None:
    caller.book(accounts(mark, 20))
    reviewed = caller.review(accounts(mark, 20, Status="On Hold"))
    for number in range(1, 6):
        record = {
            "AccountNumber": f"{mark}-{number}",
            "AccountName": f"Debtor {number}",
            "Balance": "100.00",
            "Debtor": "D-1",
        }
        one = Submission(f"/up/{mark}", str(number), f"{mark}-{number}", record=record)
        submit(stack.kafka_bootstrap, one)
    wait_for(
        lambda: all(
            find_account(caller, f"{mark}-{number}")["debtor"] == "D-1" for number in range(1, 6)
        ),
        "five changed accounts",
    )
    done = caller.complete(reviewed)
    assert (done["counts"]["updated"], done["counts"]["held"]) == (15, 5)
    held = caller.rows(done["id"], outcome="held")
    assert [(item["row"], item["reason"]) for item in held] == [(n, "moved") for n in range(1, 6)]
    released = caller.client.post(f"/v1/imports/{done['id']}/rows/2/release")
    assert released.status_code == 202, released.text
    wait_for(
        lambda: find_account(caller, f"{mark}-2")["status"] == "On Hold",
        "the released row's effect",
    )
    now = caller.show(done["id"])
    assert (now["counts"]["held"], now["as_completed"]["counts"]["held"]) == (4, 5)


def test_fifty_calls_to_complete_have_one_effect(caller: Caller, mark: str) -> None:
    ready = caller.review(accounts(mark, 10))

    async def call_all() -> list[int]:
        limits = httpx.Limits(max_connections=50)
        headers = dict(caller.client.headers)
        async with httpx.AsyncClient(
            base_url=caller.client.base_url, headers=headers, limits=limits, timeout=60
        ) as client:
            calls = [
                client.post(
                    f"/v1/imports/{ready['id']}/complete", json={"plan": ready["plan"]["id"]}
                )
                for _ in range(50)
            ]
            return [answer.status_code for answer in await asyncio.gather(*calls)]

    assert set(run_apart(call_all())) == {202}
    done = caller.await_state(ready["id"], "completed")
    assert done["counts"]["created"] == 10
    assert done["amounts"]["USD"]["posted"] == 100000


def test_the_same_payment_by_file_call_and_topic_is_posted_once(
    caller: Caller, stack: Stack, mark: str
) -> None:
    caller.book(accounts(mark, 1))
    by_file = pay(caller, mark, [1])
    record = {
        "TransactionReference": f"{mark}-P1",
        "AccountNumber": f"{mark}-1",
        "Type": "payment",
        "Amount": "30.00",
        "TransactionDate": "2026-02-01",
    }
    called = caller.client.post(
        "/v1/imports",
        json={
            "config": {"record_type": "transactions", "complete": "automatic"},
            "records": [record],
        },
    )
    assert called.status_code == 202, called.text
    by_call = caller.await_state(called.json()["id"], "completed")
    submit(
        stack.kafka_bootstrap,
        Submission(f"/up/{mark}", "1", f"{mark}-1", "transactions", record),
    )

    def fed() -> list[dict[str, Any]] | None:
        feeds = caller.list_all("/v1/feeds", source=f"/up/{mark}")
        return caller.list_all(f"/v1/feeds/{feeds[0]['id']}/rows") if feeds else None

    [by_topic] = wait_for(fed, "the feed's row")
    [first] = caller.rows(by_file["id"])
    [second] = caller.rows(by_call["id"])
    assert (first["outcome"], second["outcome"], by_topic["outcome"]) == (
        "created",
        "unchanged",
        "unchanged",
    )
    assert first["record_id"] == second["record_id"] == by_topic["record_id"]
    assert find_account(caller, f"{mark}-1")["balance"]["minor"] == 7000


def test_a_feed_is_reverted_like_an_import(caller: Caller, stack: Stack, mark: str) -> None:
    record = {"AccountNumber": f"{mark}-1", "AccountName": "Ann", "Balance": "100.00"}
    submit(stack.kafka_bootstrap, Submission(f"/up/{mark}", "1", f"{mark}-1", record=record))
    [feed] = wait_for(lambda: caller.list_all("/v1/feeds", source=f"/up/{mark}"), "the feed")
    path = f"/v1/feeds/{feed['id']}"
    planned = caller.client.post(f"{path}/revert", json={"dry_run": True})
    assert planned.json()["counts"] == {"reversed": 1, "kept": 0, "withdrawn": 0}
    assert caller.client.post(f"{path}/revert", json={}).status_code == 202
    wait_for(lambda: caller.get(path).json()["state"] == "reverted", "the feed's revert")
    assert find_account(caller, f"{mark}-1")["state"] == "withdrawn"


def test_a_feeds_waiting_rows_are_decided_like_those_of_imports(
    caller: Caller, stack: Stack, mark: str
) -> None:
    caller.book(accounts(mark, 2))
    source = f"/up/{mark}"
    for number in (1, 2):
        record = {
            "AccountNumber": f"{mark}-{number}",
            "AccountName": f"Debtor {number}",
            "Balance": "90.00",
        }
        one = Submission(source, str(number), f"{mark}-{number}", record=record)
        submit(stack.kafka_bootstrap, one)
    feeds = wait_for(lambda: caller.list_all("/v1/feeds", source=source), "the feed")
    feed_id = feeds[0]["id"]

    def waiting() -> list[int]:
        page = caller.get("/v1/reviews", import_id=feed_id).json()["data"]
        return sorted(item["row"] for item in page)

    wait_for(lambda: len(waiting()) == 2, "two rows that wait")
    rows = {item["ce_id"]: item["row"] for item in caller.list_all(f"/v1/feeds/{feed_id}/rows")}
    path = f"/v1/imports/{feed_id}/rows"
    assert caller.client.post(f"{path}/{rows['1']}/release").status_code == 202
    said = {"reason": "The payment is known."}
    assert caller.client.post(f"{path}/{rows['2']}/dismiss", json=said).status_code == 202
    wait_for(lambda: not waiting(), "nothing that waits")
    assert find_account(caller, f"{mark}-1")["balance"]["minor"] == 9000
    assert find_account(caller, f"{mark}-2")["balance"]["minor"] == 10000
