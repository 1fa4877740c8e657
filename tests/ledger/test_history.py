"""The history of a record: what it was before and after each change, by whom, and its postings."""

from typing import Any

from services.ledger.repository import history
from tests.ledger.conftest import Books
from tests.ledger.test_feeds import payment as submitted
from tests.ledger.test_reverts import account, payment


async def changes_of(books: Books, view: str = "accounts") -> list[dict[str, Any]]:
    """Those of the one record of a type, in their order."""
    record_id = await books.value(f"select max(id) from ledger_v1.{view}")
    return (await history.list_changes(books.pool, view, record_id))[::-1]


async def test_the_creation_is_the_first_version_and_has_nothing_before_it(books: Books) -> None:
    created = await books.book("accounts", [account(1, CustomParameter1="old")])
    [change] = await changes_of(books)
    assert (change["version"], change["change"], change["actor"]) == (1, "created", "tester")
    assert (change["import_id"], change["row"]) == (created, 1)
    assert change["before"] is None
    assert change["after"]["balance"] == 10000
    assert change["after"]["custom"] == {"CustomParameter1": "old"}


async def test_each_update_says_what_it_found_and_what_it_left(books: Books) -> None:
    await books.book("accounts", [account(1)])
    await books.book("accounts", [account(1, Status="On Hold")])
    await books.book("transactions", [payment(1, 1)])
    third = await books.book(
        "accounts",
        [account(1, Balance="90.00", Debtor="D-1")],
        config={"balance_difference": "adjust"},
    )
    _, second, last = await changes_of(books)
    assert (second["change"], second["changed"]) == ("updated", ["status"])
    assert (second["before"]["status"], second["after"]["status"]) == ("Active", "On Hold")
    assert (second["before"]["balance"], second["after"]["balance"]) == (10000, 10000)
    assert (last["version"], last["import_id"]) == (3, third)
    assert set(last["changed"]) == {"debtor", "balance"}
    assert (last["before"]["balance"], last["after"]["balance"]) == (7000, 9000)


async def test_a_reverted_creation_is_withdrawn_by_who_asked_for_it(books: Books) -> None:
    created = await books.book("accounts", [account(1)])
    await books.revert(created)
    first, second = await changes_of(books)
    assert (first["after"]["state"], first["after"]["balance"]) == ("active", 10000)
    assert first["after"]["account_name"] == "Account 1"
    assert (second["change"], second["undoes"], second["actor"]) == ("withdrawn", 1, "tester")
    assert set(second["changed"]) == {"state", "balance"}
    assert (second["before"]["balance"], second["after"]["balance"]) == (10000, 0)


async def test_a_reverted_update_is_restored(books: Books) -> None:
    await books.book("accounts", [account(1)])
    changed = await books.book(
        "accounts",
        [account(1, Balance="130.00", Status="Closed")],
        config={"balance_difference": "adjust"},
    )
    await books.revert(changed)
    first, second, third = await changes_of(books)
    assert [item["change"] for item in (first, second, third)] == ["created", "updated", "restored"]
    assert third["undoes"] == 2
    assert (third["before"]["status"], third["after"]["status"]) == ("Closed", "Active")
    assert (third["before"]["balance"], third["after"]["balance"]) == (13000, 10000)
    assert first["after"]["status"] == "Active"


async def test_postings_say_what_they_reverse(books: Books) -> None:
    await books.book("accounts", [account(1)])
    paid = await books.book("transactions", [payment(1, 1)])
    await books.revert(paid)
    account_id = await books.value("select id from ledger_v1.accounts")
    postings = await history.list_postings(books.pool, "accounts", account_id)
    assert [(item["kind"], item["minor"]) for item in postings] == [
        ("revert", 3000),
        ("payment", -3000),
        ("opening", 10000),
    ]
    assert postings[0]["reverses"] == {"import_id": str(paid), "row": 1, "entry": 0}
    assert [item["reverses"] for item in postings[1:]] == [None, None]
    transaction = await books.value("select id from ledger_v1.transactions")
    own = await history.list_postings(books.pool, "transactions", transaction)
    assert [item["kind"] for item in own] == ["payment", "revert"]
    [made, gone] = await changes_of(books, "transactions")
    assert (made["after"]["state"], gone["after"]["state"]) == ("active", "withdrawn")


async def test_the_source_of_a_feed_is_who_made_the_change(books: Books) -> None:
    await books.book("accounts", [account(1)])
    await books.submit(submitted("e-1", "x", "P-1"))
    [change] = await changes_of(books, "transactions")
    assert change["actor"] == await books.value("select source from ledger_v1.feeds")


async def test_a_released_row_that_has_nothing_left_to_adjust_has_no_delta(books: Books) -> None:
    await books.book("accounts", [account(1)])
    held = await books.book("accounts", [account(1, Balance="70.00", Debtor="D-1")])
    await books.book("transactions", [payment(1, 1)])
    await books.release(held, 1)
    [row] = await books.rows("select * from ledger_v1.import_rows where import_id = $1", held)
    assert (row["outcome"], row["delta"]) == ("updated", None)
    amounts = await books.value("select amounts from ledger_v1.imports where import_id = $1", held)
    assert amounts["USD"]["posted"] == 0
