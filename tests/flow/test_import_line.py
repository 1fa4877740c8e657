"""A file's way over the whole line: sent, read, judged, reviewed, completed, in the books."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from contracts.api.imports import BUCKETS
from tests.flow.caller import Caller

HEADER = "AccountNumber,AccountName,Balance,Status,Agent,DueDate\r\n"


def accounts(mark: str) -> str:
    """Three good rows and three that a careful person would send back."""
    return HEADER + (
        f'{mark}-1,{mark} Alpha,"$1,250.00",Active,ann@example.com,2024-01-15\r\n'
        f"{mark}-2,{mark} Beta,ten,Active,ann@example.com,2024-01-15\r\n"
        f"{mark}-3,{mark} Gamma,3.05,Overdue,,2024-02-29\r\n"
        f"{mark}-4,,4.00,Active,,2024-01-15\r\n"
        f"{mark}-5,{mark} Epsilon,5.00,Active,,2024-02-30\r\n"
        f"{mark}-6,{mark} Zeta,600,Paid,,\r\n"
    )


def good(mark: str) -> str:
    return HEADER + (
        f"{mark}-1,{mark} Alpha,100.00,Active,,2024-01-15\r\n"
        f"{mark}-2,{mark} Beta,200.00,Overdue,,2024-01-16\r\n"
    )


def payments(mark: str) -> str:
    return (
        "TransactionReference,AccountNumber,Type,Amount,TransactionDate,PaymentMethod\r\n"
        f"{mark}-P1,{mark}-1,payment,40.00,2024-02-01,card\r\n"
        f"{mark}-P2,{mark}-2,fee,15.00,2024-02-01,\r\n"
    )


def assert_conserved(shown: dict[str, Any]) -> None:
    """Each row, and each amount that came in, is in exactly one bucket."""
    counts = shown["counts"]
    assert counts["rows"] == sum(counts[bucket] for bucket in BUCKETS)
    for amounts in shown["amounts"].values():
        assert amounts["in"] == sum(amounts[bucket] for bucket in BUCKETS)


def test_a_review_shows_what_will_become_of_every_row_and_books_nothing(
    caller: Caller, mark: str
) -> None:
    ready = caller.review(accounts(mark))
    assert (ready["counts"]["created"], ready["counts"]["rejected"]) == (3, 3)
    assert ready["counts"]["rows"] == 6
    assert ready["amounts"]["USD"]["created"] == 125000 + 305 + 60000
    assert_conserved(ready)
    found = {(item["code"], item["field"], item["rows"]) for item in ready["findings"]}
    assert found >= {("not_a_number", "Balance", 1), ("required", "AccountName", 1)}
    assert all(item["sentence"] and item["way_on"] for item in ready["findings"])
    rows = {row["row"]: row for row in caller.rows(ready["id"])}
    assert list(rows) == [1, 2, 3, 4, 5, 6]
    assert rows[1]["before"] is None
    assert rows[1]["after"]["balance"] == {"minor": 125000, "currency": "USD"}
    assert rows[2]["raw"]["Balance"] == "ten"
    assert rows[2]["violations"][0]["code"] == "not_a_number"
    assert [row["row"] for row in caller.rows(ready["id"], outcome="rejected")] == [2, 4, 5]
    assert [row["row"] for row in caller.rows(ready["id"], finding="not_a_number")] == [2]
    assert caller.list_all("/v1/accounts", import_id=ready["id"]) == []
    assert caller.list_all("/v1/accounts", account_number=f"{mark}-1") == []


def test_completion_books_the_good_rows_and_lists_filter_them(caller: Caller, mark: str) -> None:
    done = caller.book(accounts(mark))
    assert_conserved(done)
    assert done["as_completed"]["counts"]["created"] == 3
    assert done["amounts"]["USD"]["posted"] == 185305
    booked = caller.list_all("/v1/accounts", import_id=done["id"])
    assert {one["account_number"] for one in booked} == {f"{mark}-{n}" for n in (1, 3, 6)}
    assert all(one["state"] == "active" for one in booked)
    of_import = {"import_id": done["id"]}
    (paid,) = caller.list_all("/v1/accounts", status="Paid", **of_import)
    assert paid["account_number"] == f"{mark}-6"
    large = caller.list_all("/v1/accounts", **{"balance[gte]": "60000"}, **of_import)
    assert {one["account_number"] for one in large} == {f"{mark}-1", f"{mark}-6"}
    (early,) = caller.list_all("/v1/accounts", **{"due_date[lt]": "2024-02-01"}, **of_import)
    assert early["account_name"] == f"{mark} Alpha"
    (row,) = [one for one in caller.rows(done["id"]) if one["row"] == 3]
    assert row["outcome"] == "created"
    record = caller.get(row["links"]["record"]).json()
    assert (record["account_number"], record["row"]) == (f"{mark}-3", 3)


def test_transactions_change_the_balances_of_their_accounts(caller: Caller, mark: str) -> None:
    caller.book(good(mark))
    done = caller.book(payments(mark), record_type="transactions")
    assert done["counts"]["created"] == 2
    assert done["amounts"]["USD"]["posted"] == -4000 + 1500
    balances = {
        one["account_number"]: one["balance"]["minor"]
        for number in (1, 2)
        for one in caller.list_all("/v1/accounts", account_number=f"{mark}-{number}")
    }
    assert balances == {f"{mark}-1": 6000, f"{mark}-2": 21500}
    (paid,) = caller.list_all("/v1/transactions", reference=f"{mark}-P1")
    assert (paid["type"], paid["effective_date"]) == ("payment", "2024-02-01")
    assert paid["amount"] == {"minor": 4000, "currency": "USD"}


def test_twenty_parallel_completions_have_one_effect(caller: Caller, mark: str) -> None:
    caller.book(good(mark))
    ready = caller.review(payments(mark), record_type="transactions")
    body = {"plan": ready["plan"]["id"]}
    path = f"/v1/imports/{ready['id']}/complete"
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: caller.client.post(path, json=body), range(20)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert 202 in {answer.status_code for answer in answers}
    caller.await_state(ready["id"], "completed")
    assert caller.client.post(path, json=body).status_code in (202, 409)
    (one,) = caller.list_all("/v1/accounts", account_number=f"{mark}-1")
    assert one["balance"]["minor"] == 6000
    history = caller.get(f"/v1/accounts/{one['id']}/history").json()
    assert sorted(posting["minor"] for posting in history["postings"]) == [-4000, 10000]


def test_a_stale_plan_is_refused(caller: Caller, mark: str) -> None:
    ready = caller.review(good(mark))
    other = "00000000-0000-7000-8000-000000000000"
    answer = caller.client.post(f"/v1/imports/{ready['id']}/complete", json={"plan": other})
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert caller.show(ready["id"])["state"] == "ready"


def test_a_cancelled_import_books_nothing_and_stays_cancelled(caller: Caller, mark: str) -> None:
    ready = caller.review(good(mark))
    assert caller.client.post(f"/v1/imports/{ready['id']}/cancel").status_code == 202
    caller.await_state(ready["id"], "cancelled")
    answer = caller.client.post(
        f"/v1/imports/{ready['id']}/complete", json={"plan": ready["plan"]["id"]}
    )
    assert answer.status_code == 409
    assert caller.list_all("/v1/accounts", account_number=f"{mark}-1") == []


def test_the_source_comes_back_byte_for_byte(caller: Caller, mark: str) -> None:
    content = good(mark).encode("utf-16")
    ready = caller.review(content, name="bücher.csv")
    assert ready["file"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert ready["file"]["bytes"] == len(content)
    assert caller.get(f"/v1/imports/{ready['id']}/source").content == content


@pytest.mark.parametrize("mode", ["manual", "automatic"])
def test_an_import_completes_itself_only_when_told_so(caller: Caller, mark: str, mode: str) -> None:
    import_id = caller.open(good(mark), complete=mode)
    wanted = "completed" if mode == "automatic" else "ready"
    assert caller.await_state(import_id, "ready", "completed")["state"] in (wanted, "ready")
    done = caller.await_state(import_id, wanted)
    booked = caller.list_all("/v1/accounts", import_id=import_id)
    assert len(booked) == (2 if mode == "automatic" else 0)
    assert done["counts"]["created"] == 2
