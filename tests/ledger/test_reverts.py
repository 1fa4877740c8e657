"""Reverting an import: what is undone by compensation, what is kept, and why."""

from uuid import UUID

import pytest

from services.ledger.handlers.unparking import unpark_next
from tests.ledger.conftest import Books, Cells

OPEN = {"AccountNumber": "A-1", "AccountName": "Acme", "Balance": "100.00"}


def account(number: int, **changes: str | None) -> Cells:
    return {
        "AccountNumber": f"A-{number}",
        "AccountName": f"Account {number}",
        "Balance": "100.00",
    } | changes


def payment(number: int, to: int, amount: str = "30.00", **changes: str | None) -> Cells:
    return {
        "TransactionReference": f"P-{number}",
        "AccountNumber": f"A-{to}",
        "Type": "payment",
        "Amount": amount,
        "TransactionDate": "2026-02-01",
    } | changes


async def kept(books: Books, import_id: UUID) -> dict[int, str]:
    rows = await books.rows("select * from ledger_v1.revert_plan($1)", import_id)
    return {row["row_number"]: row["reason"] for row in rows if row["action"] == "keep"}


async def outcome(books: Books, import_id: UUID) -> dict[str, int]:
    found = await books.value(
        "select revert from ledger_v1.imports where import_id = $1", import_id
    )
    return found["counts"]


async def test_created_accounts_are_withdrawn_but_for_those_that_were_paid_since(
    books: Books,
) -> None:
    created = await books.book("accounts", [account(number) for number in range(1, 1001)])
    await books.book("transactions", [payment(number, number * 100) for number in range(1, 11)])
    planned = await kept(books, created)
    assert planned == {number * 100: "posted_since" for number in range(1, 11)}
    await books.revert(created)
    assert await outcome(books, created) == {"reversed": 990, "kept": 10, "withdrawn": 0}
    assert await kept(books, created) == planned
    assert await books.balance("A-1") is None
    assert await books.balance("A-100") == 7000
    sums = await books.rows(
        "select entry, count(*) as rows, sum(minor) as minor from ledger_v1.postings"
        " where import_id = $1 group by entry order by entry",
        created,
    )
    assert [tuple(row) for row in sums] == [(0, 1000, 10_000_000), (1, 990, -9_900_000)]
    await books.assert_sound()


async def test_an_update_goes_back_to_what_was_there(books: Books) -> None:
    await books.book("accounts", [account(1, Agent="ann@x.org", CustomParameter1="old")])
    changed = await books.book(
        "accounts",
        [account(1, Balance="130.00", Status="Closed", Agent="bob@x.org", CustomParameter1="new")],
        config={"balance_difference": "adjust"},
    )
    assert await books.balance("A-1") == 13000
    await books.revert(changed)
    [record] = await books.rows("select * from ledger_v1.accounts")
    assert (record["status"], record["agent"], record["custom"]) == (
        "Active",
        "ann@x.org",
        {"CustomParameter1": "old"},
    )
    assert (record["balance"], record["version"]) == (10000, 3)
    await books.assert_sound()


async def test_reverts_in_the_order_of_a_stack_undo_everything(books: Books) -> None:
    first = await books.book("accounts", [account(1)])
    second = await books.book("accounts", [account(1, Status="On Hold")])
    third = await books.book("accounts", [account(1, Status="Closed")])
    assert await kept(books, second) == {1: "changed_since"}
    for import_id in (third, second, first):
        await books.revert(import_id)
        assert await outcome(books, import_id) == {"reversed": 1, "kept": 0, "withdrawn": 0}
    assert await books.value("select count(*) from ledger_v1.accounts where state = 'active'") == 0
    again = await books.book("accounts", [account(1)])
    assert await books.actions(again) == [("create", None)]
    await books.assert_sound()


async def test_a_record_that_another_import_confirmed_is_kept(books: Books) -> None:
    first = await books.book("accounts", [account(1), account(2)])
    second = await books.book("accounts", [account(2)])
    assert await kept(books, first) == {2: "confirmed_since"}
    await books.revert(second)
    assert await kept(books, first) == {}


async def test_payments_are_taken_back_and_may_come_again(books: Books) -> None:
    await books.book("accounts", [account(1)])
    paid = await books.book("transactions", [payment(1, 1), payment(2, 1)])
    reversal = payment(3, 1, Type="payment_reversal", ReversesReference="P-1")
    await books.book("transactions", [reversal])
    assert await kept(books, paid) == {1: "reversed_since"}
    await books.revert(paid)
    assert await books.balance("A-1") == 10000
    again = await books.book("transactions", [payment(2, 1)])
    assert await books.actions(again) == [("create", None)]
    await books.assert_sound()


async def test_a_payment_with_its_reversal_in_one_file_is_undone_whole(books: Books) -> None:
    await books.book("accounts", [account(1)])
    reversal = payment(2, 1, Type="payment_reversal", ReversesReference="P-1")
    both = await books.book("transactions", [payment(1, 1), reversal])
    await books.revert(both)
    assert await outcome(books, both) == {"reversed": 2, "kept": 0, "withdrawn": 0}
    assert await books.value("select count(*) from transactions where active") == 0
    await books.assert_sound()


async def test_what_waited_is_withdrawn_and_never_posts(books: Books) -> None:
    waiting = await books.book("transactions", [payment(1, 1)])
    await books.revert(waiting)
    assert await outcome(books, waiting) == {"reversed": 0, "kept": 0, "withdrawn": 1}
    assert await books.actions(waiting) == [("skip", "withdrawn")]
    await books.book("accounts", [account(1)])
    await unpark_next(books.pool)
    assert await books.balance("A-1") == 10000


@pytest.mark.parametrize("state", ["ready", "cancelled", "reverted"])
async def test_only_what_is_completed_can_be_reverted(books: Books, state: str) -> None:
    import_id = await books.review("accounts", [account(1)])
    if state == "reverted":
        await books.complete(import_id)
        await books.revert(import_id)
    await books.rows("update imports set state = $1", state)
    await books.revert(import_id)
    assert await books.value("select state from imports") == state


async def test_the_counts_at_completion_stay_and_the_postings_sum_to_what_is_left(
    books: Books,
) -> None:
    created = await books.book("accounts", [account(1), account(2), None])
    await books.book("transactions", [payment(1, 2)])
    await books.revert(created)
    [facts] = await books.rows("select * from ledger_v1.imports where import_id = $1", created)
    assert facts["as_completed"]["amounts"]["USD"]["posted"] == 20000
    assert facts["amounts"]["USD"]["posted"] == 10000
    assert facts["as_completed"]["counts"] == facts["counts"]
    assert facts["state"] == "reverted"
    [event] = await books.rows("select value from outbox where topic like '%imports-reverted%'")
    assert b'"reversed":1' in event["value"]
