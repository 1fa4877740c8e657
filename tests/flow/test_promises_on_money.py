"""The promises about money and order, driven from outside: docs/promises."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.conftest import run_apart
from tests.flow.caller import Caller, wait_for
from tests.flow.test_promises import accounts, find_account, pay
from tests.flow.topics import Submission, submit
from tests.stack import Stack


def balance(caller: Caller, number: str) -> int:
    return find_account(caller, number)["balance"]["minor"]


def test_yesterdays_file_overwrites_no_balance(caller: Caller, mark: str) -> None:
    file = accounts(mark, 10)
    caller.book(file)
    pay(caller, mark, [2, 5, 9])
    held = caller.book(file, balance_difference="hold")
    assert (held["counts"]["unchanged"], held["counts"]["held"]) == (7, 3)
    proposed = caller.rows(held["id"], outcome="held")
    assert [(item["row"], item["reason"]) for item in proposed] == [
        (number, "balance_differs") for number in (2, 5, 9)
    ]
    assert {item["before"]["balance"]["minor"] for item in proposed} == {7000}
    assert {item["after"]["balance"]["minor"] for item in proposed} == {10000}
    ignored = caller.book(file, balance_difference="ignore")
    assert ignored["counts"]["unchanged"] == 10
    assert balance(caller, f"{mark}-5") == 7000
    adjusted = caller.book(file, balance_difference="adjust")
    assert adjusted["amounts"]["USD"]["posted"] == 9000
    assert balance(caller, f"{mark}-5") == 10000
    account = find_account(caller, f"{mark}-5")
    history = caller.get(f"/v1/accounts/{account['id']}/history").json()
    kinds = sorted((item["kind"], item["minor"]) for item in history["postings"])
    assert kinds == [("adjustment", 3000), ("opening", 10000), ("payment", -3000)]


def test_a_held_balance_is_adjusted_when_a_person_releases_it(caller: Caller, mark: str) -> None:
    file = accounts(mark, 1)
    caller.book(file)
    pay(caller, mark, [1])
    held = caller.book(file)
    [item] = [
        item
        for item in caller.get("/v1/reviews", import_id=held["id"]).json()["data"]
        if item["code"] == "balance_differs"
    ]
    path = f"/v1/imports/{held['id']}/rows/{item['row']}/release"
    assert caller.client.post(path).status_code == 202
    wait_for(lambda: balance(caller, f"{mark}-1") == 10000, "the adjustment")
    assert caller.get("/v1/reviews", import_id=held["id"]).json()["data"] == []


class Sender:
    """Sends one record by file or on the topic."""

    def __init__(self, caller: Caller, stack: Stack, mark: str) -> None:
        self._caller = caller
        self._bootstrap = stack.kafka_bootstrap
        self._mark = mark

    def send(self, name: str, channel: str) -> None:
        record_type = "accounts" if name == "account" else "transactions"
        record = self._record(name)
        if channel == "topic":
            one = Submission(f"/up/{self._mark}", name, f"{self._mark}-1", record_type, record)
            submit(self._bootstrap, one)
            return
        head, values = ",".join(record), ",".join(record.values())
        self._caller.book(f"{head}\n{values}\n", record_type=record_type)

    def _record(self, name: str) -> dict[str, str]:
        number = f"{self._mark}-1"
        if name == "account":
            return {"AccountNumber": number, "AccountName": "Ann", "Balance": "100.00"}
        record = {
            "TransactionReference": f"{self._mark}-{name}",
            "AccountNumber": number,
            "Type": "payment" if name == "payment" else "payment_reversal",
            "Amount": "30.00",
            "TransactionDate": "2026-02-01",
        }
        if name == "reversal":
            record["ReversesReference"] = f"{self._mark}-payment"
        return record


@pytest.fixture
def sender(caller: Caller, stack: Stack, mark: str) -> Sender:
    return Sender(caller, stack, mark)


@pytest.mark.parametrize(
    ("order", "channels"),
    [
        (("reversal", "payment", "account"), ("file", "topic", "file")),
        (("payment", "account", "reversal"), ("topic", "file", "topic")),
        (("reversal", "account", "payment"), ("topic", "topic", "file")),
    ],
    ids="-".join,
)
def test_whatever_comes_first_waits_and_posts_by_itself(
    sender: Sender, caller: Caller, mark: str, *, order: tuple[str, ...], channels: tuple[str, ...]
) -> None:
    for name, channel in zip(order, channels, strict=True):
        sender.send(name, channel)

    def posted() -> list[str] | None:
        found = caller.list_all("/v1/accounts", account_number=f"{mark}-1")
        if not found:
            return None
        history = caller.get(f"/v1/accounts/{found[0]['id']}/history").json()
        kinds = sorted(item["kind"] for item in history["postings"])
        return kinds if len(kinds) == 3 else None

    assert wait_for(posted, "three postings") == ["opening", "payment", "payment_reversal"]
    assert balance(caller, f"{mark}-1") == 10000


def test_a_file_that_does_not_add_up_is_not_booked_but_by_a_managers_word(
    caller: Caller, mark: str
) -> None:
    file = accounts(mark, 2) + "TRAILER,3,300.00\n"
    trailer = {"marker": "TRAILER", "rows_cell": 2, "amount_cell": 3}
    ready = caller.review(file, trailer=trailer)
    assert "control_totals_mismatch" in {item["code"] for item in ready["findings"]}
    assert ready["control"] == {
        "expected": {"rows": 3, "amounts": {"USD": 30000}},
        "found": {"rows": 2, "amounts": {"USD": 20000}},
        "matches": False,
    }
    path = f"/v1/imports/{ready['id']}"
    refused = caller.client.post(f"{path}/complete", json={"plan": ready["plan"]["id"]})
    assert refused.status_code == 409
    override = {"control_override": {"reason": "The sender confirmed by phone."}}
    assert caller.client.patch(path, json=override).status_code == 200
    again = caller.await_state(ready["id"], "ready")
    done = caller.complete(again)
    assert done["counts"]["created"] == 2
    assert done["config"]["control_override"]["reason"] == "The sender confirmed by phone."


def test_two_imports_completed_at_once_in_opposite_order_both_end(
    caller: Caller, mark: str
) -> None:
    caller.book(accounts(mark, 300))
    head, *lines = accounts(mark, 300, Debtor="D-1").splitlines()
    backwards = "\n".join([head, *reversed(lines)]) + "\n"
    first = caller.review(accounts(mark, 300, Status="On Hold"))
    second = caller.review(backwards)

    async def complete_both() -> list[httpx.Response]:
        async with httpx.AsyncClient(
            base_url=caller.client.base_url, headers=dict(caller.client.headers), timeout=60
        ) as client:
            return await asyncio.gather(
                *(
                    client.post(
                        f"/v1/imports/{one['id']}/complete", json={"plan": one["plan"]["id"]}
                    )
                    for one in (first, second)
                )
            )

    assert [answer.status_code for answer in run_apart(complete_both())] == [202, 202]
    ended: list[dict[str, Any]] = [
        caller.await_state(one["id"], "completed") for one in (first, second)
    ]
    assert sum(one["counts"]["updated"] for one in ended) == 300
    assert sum(one["counts"]["held"] for one in ended) == 300
