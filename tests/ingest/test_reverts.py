"""Imports are reverted over HTTP: the plan, the command, what was done."""

from typing import Any

import pytest

HEADER = "AccountNumber,AccountName,Balance\n"
FILE = HEADER + "A-1,Alpha,10.00\nA-2,Beta,20.00\nA-3,Gamma,x\n"
PAYMENT = "AccountNumber,Type,Amount,TransactionDate\nA-2,payment,5.00,2026-02-01\n"


async def book_and_pay(ingest: Any) -> dict[str, Any]:
    done = await ingest.book(FILE)
    await ingest.book(PAYMENT, record_type="transactions")
    return done


async def test_a_dry_run_says_what_would_be_and_changes_nothing(ingest: Any) -> None:
    done = await book_and_pay(ingest)
    answer = await ingest.post(f"{done['id']}/revert", dry_run=True)
    assert answer.status_code == 200
    plan = answer.json()
    assert (plan["import_id"], plan["state"]) == (done["id"], "planned")
    assert plan["counts"] == {"reversed": 1, "kept": 1, "withdrawn": 0}
    assert plan["amounts"] == {"USD": {"reversed": -1000, "kept": 2000}}
    assert plan["reasons"] == {"posted_since": 1}
    (kept,) = plan["kept"]
    assert (kept["row"], kept["code"], plan["kept_has_more"]) == (2, "posted_since", False)
    assert "posted" in kept["sentence"]
    assert kept["way_on"]
    assert await ingest.take_steps() == []
    assert (await ingest.show(done["id"]))["state"] == "completed"
    assert (await ingest.get(f"/v1/imports/{done['id']}/revert")).json() == plan


async def test_a_revert_is_seen_at_once_given_once_and_shows_what_it_did(ingest: Any) -> None:
    done = await book_and_pay(ingest)
    asked = await ingest.post(f"{done['id']}/revert", reason="Wrong file ✓")
    assert (asked.status_code, asked.json()["state"]) == (202, "reverting")
    assert (await ingest.show(done["id"]))["state"] == "reverting"
    again = await ingest.post(f"{done['id']}/revert")
    assert (again.status_code, again.json()["state"]) == (202, "reverting")
    asked_at = await ingest.facilities.pool.fetchrow(
        "select revert_asked_by, revert_reason from uploads where import_id = $1", done["id"]
    )
    assert tuple(asked_at) == ("tester", "Wrong file ✓")
    said = await ingest.facilities.pool.fetch("select value from outbox")
    assert len(said) == 1
    assert "Wrong" not in said[0]["value"].decode()
    await ingest.settle()
    shown = await ingest.show(done["id"])
    assert shown["state"] == "reverted"
    assert shown["reverted_at"] is not None
    view = (await ingest.get(f"/v1/imports/{done['id']}/revert")).json()
    assert view["state"] == "reverted"
    assert view["counts"] == {"reversed": 1, "kept": 1, "withdrawn": 0}
    assert view["amounts"]["USD"] == {"reversed": -1000, "kept": 2000}
    assert [row["code"] for row in view["kept"]] == ["posted_since"]
    rows = await ingest.rows(done["id"])
    assert [row["reverted"] for row in rows] == ["reversed", "kept", None]
    assert (await ingest.post(f"{done['id']}/revert")).json()["state"] == "reverted"
    assert await ingest.take_steps() == []


async def test_kept_rows_are_paged(ingest: Any) -> None:
    done = await ingest.book(HEADER + "".join(f"A-{n},Name {n},1.00\n" for n in range(1, 105)))
    await ingest.book(
        "AccountNumber,Type,Amount,TransactionDate\n"
        + "".join(f"A-{n},payment,1.00,2026-02-01\n" for n in range(1, 104)),
        record_type="transactions",
    )
    plan = (await ingest.post(f"{done['id']}/revert", dry_run=True)).json()
    assert (len(plan["kept"]), plan["kept_has_more"]) == (100, True)
    path = f"/v1/imports/{done['id']}/revert/kept"
    page = (await ingest.get(path, limit=100, starting_after=2)).json()
    assert ([page["data"][0]["row"], page["data"][-1]["row"]], page["has_more"]) == ([3, 102], True)
    rest = (await ingest.get(path, starting_after=102)).json()
    assert ([row["row"] for row in rest["data"]], rest["has_more"]) == ([103], False)


async def test_held_rows_are_withdrawn(ingest: Any) -> None:
    await ingest.book(HEADER + "A-1,Alpha,10.00\n")
    done = await ingest.book(HEADER + "A-1,Alpha,12.00\nA-2,Beta,1.00\n")
    assert done["counts"]["held"] == 1
    plan = (await ingest.post(f"{done['id']}/revert", dry_run=True)).json()
    assert plan["counts"] == {"reversed": 1, "kept": 0, "withdrawn": 1}
    await ingest.post(f"{done['id']}/revert")
    await ingest.settle()
    view = (await ingest.get(f"/v1/imports/{done['id']}/revert")).json()
    assert view["counts"] == {"reversed": 1, "kept": 0, "withdrawn": 1}


@pytest.mark.parametrize("body", [{}, {"dry_run": True}])
async def test_only_what_is_completed_can_be_reverted(ingest: Any, body: dict[str, Any]) -> None:
    ready = await ingest.review(FILE)
    answer = await ingest.post(f"{ready['id']}/revert", **body)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_completed")
    assert "ready" in answer.json()["detail"]
    assert "cancel" in answer.json()["way_on"]
    missing = await ingest.post("01a20da3-bd03-7001-8946-c8f990443099/revert", **body)
    assert missing.status_code == 404


async def test_a_revert_needs_the_scope_and_a_reason_that_says_something(ingest: Any) -> None:
    done = await ingest.book(FILE)
    answer = await ingest.client.post(
        f"/v1/imports/{done['id']}/revert",
        json={},
        headers={"Authorization": "Bearer ann/imports:read"},
    )
    assert answer.status_code == 403
    assert (await ingest.post(f"{done['id']}/revert", reason="x")).status_code == 422
    assert (await ingest.show(done["id"]))["state"] == "completed"


async def test_a_listener_hears_of_a_revert_until_its_end(ingest: Any) -> None:
    done = await ingest.book(FILE)
    await ingest.post(f"{done['id']}/revert")
    path = f"/v1/imports/{done['id']}/events"
    heard: list[str] = []
    async with ingest.client.stream("GET", path) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data:"):
                heard.append(line)
                if len(heard) == 1:
                    assert '"state":"reverting"' in line.replace(" ", "")
                    await ingest.settle()
    assert '"state":"reverted"' in heard[-1].replace(" ", "")
