"""Whatever comes first, and by whatever channel, the books end the same."""

import asyncio
from itertools import permutations, product

import pytest

from contracts.events.records_judged import RecordJudged
from contracts.records import record_types
from services.ledger.handlers.applying import apply_next
from services.ledger.handlers.unparking import unpark_next
from tests.ledger.conftest import Books, Cells
from tests.ledger.test_reverts import account, payment

RECORDS: dict[str, tuple[str, Cells]] = {
    "account": ("accounts", account(1)),
    "payment": ("transactions", payment(1, 1)),
    "reversal": (
        "transactions",
        payment(2, 1, Type="payment_reversal", ReversesReference="P-1"),
    ),
}
FILE, TOPIC = "file", "topic"


def judged(name: str, record_type: str, cells: Cells) -> RecordJudged:
    names = record_types()[record_type].field_names
    return RecordJudged(
        source="crm",
        event_id=name,
        fingerprint=name,
        verdict="accepted",
        record_type=record_type,
        reference=cells.get(record_types()[record_type].reference_field),
        values=[cells.get(field) for field in names],
        received_at="2026-02-01T00:00:00Z",
    )


async def send(books: Books, name: str, channel: str) -> None:
    record_type, cells = RECORDS[name]
    if channel == TOPIC:
        await books.submit(judged(name, record_type, cells))
    else:
        await books.book(record_type, [cells])


@pytest.mark.parametrize("order", list(permutations(RECORDS)), ids="-".join)
async def test_account_payment_and_reversal_may_come_in_any_order(
    books: Books, order: tuple[str, ...]
) -> None:
    """By file or topic, each: eight ways of every order, one after another in one ledger."""
    for channels in product((FILE, TOPIC), repeat=3):
        for name, channel in zip(order, channels, strict=True):
            await send(books, name, channel)
            await unpark_next(books.pool)
        await unpark_next(books.pool)
        assert await books.balance("A-1") == 10000, channels
        kinds = await books.rows(
            "select type::text, minor from transactions where active order by reference"
        )
        assert [tuple(row) for row in kinds] == [("payment", 3000), ("payment_reversal", 3000)]
        await books.assert_sound()
        await start_anew(books)


async def start_anew(books: Books) -> None:
    """The same ids may come again, as after a revert; here everything is simply forgotten."""
    await books.rows(
        "truncate imports, revisions, import_rows, plans, plan_rows, chunks, outcomes, feeds,"
        " submissions, accounts, postings, balances, transactions, record_changes, revert_rows,"
        " attempts, corrections, outbox cascade"
    )


async def test_the_same_payment_by_every_channel_is_posted_once(books: Books) -> None:
    await books.book("accounts", [account(1)])
    await books.submit(judged("e-1", "transactions", payment(1, 1)))
    by_file = await books.book("transactions", [payment(1, 1)])
    await books.submit(judged("e-2", "transactions", payment(1, 1)))
    assert await books.actions(by_file) == [("unchanged", None)]
    [transaction] = await books.rows("select id from transactions")
    linked = await books.rows("select distinct record_id from ledger_v1.import_rows where row = 2")
    targets = await books.rows(
        "select r.record_id from ledger_v1.import_rows as r join ledger_v1.imports as i"
        " using (import_id) where i.record_type = 'transactions'"
    )
    assert {row["record_id"] for row in [*targets, *linked]} == {transaction["id"]}
    assert await books.balance("A-1") == 7000
    await books.submit(judged("e-3", "transactions", payment(1, 1, "31.00")))
    last = await books.rows("select action, reason from ledger_v1.import_rows where row = 3")
    assert [tuple(row) for row in last] == [("reject", "reference_reused")]


async def test_yesterdays_file_proposes_the_difference_and_overwrites_nothing(
    books: Books,
) -> None:
    rows = [account(number) for number in range(1, 11)]
    await books.book("accounts", rows)
    await books.book("transactions", [payment(number, number) for number in (2, 5, 9)])
    held = await books.book("accounts", rows)
    differing = await books.rows(
        "select row, action, reason, delta from ledger_v1.import_rows"
        " where import_id = $1 and action <> 'unchanged' order by row",
        held,
    )
    assert [tuple(row) for row in differing] == [
        (number, "hold", "balance_differs", 3000) for number in (2, 5, 9)
    ]
    ignored = await books.book("accounts", rows, config={"balance_difference": "ignore"})
    assert await books.actions(ignored) == [("unchanged", None)] * 10
    assert await books.balance("A-5") == 7000
    adjusted = await books.book("accounts", rows, config={"balance_difference": "adjust"})
    kinds = await books.rows(
        "select row, kind, minor from ledger_v1.postings where import_id = $1 order by row",
        adjusted,
    )
    assert [tuple(row) for row in kinds] == [(n, "adjustment", 3000) for n in (2, 5, 9)]
    assert await books.balance("A-5") == 10000
    await books.assert_sound()


@pytest.mark.parametrize("complete", ["automatic", "manual"])
async def test_two_imports_in_opposite_order_both_end(books: Books, complete: str) -> None:
    """Automatic ones are both booked, the later over the earlier; of reviewed ones the later holds
    what moved."""
    await books.book("accounts", [account(number) for number in range(1, 401)])
    options = {"complete": complete}
    up = [account(number, Status="On Hold") for number in range(1, 401)]
    down = [account(number, Debtor="D") for number in range(400, 0, -1)]
    first = await books.review("accounts", up, config=options)
    second = await books.review("accounts", down, config=options)
    if complete == "manual":
        for import_id in (first, second):
            await books.ask_to_complete(import_id)
    while any(await asyncio.gather(*(apply_next(books.pool, parallel=2) for _ in range(2)))):
        pass
    outcomes = {*await books.actions(first), *await books.actions(second)}
    if complete == "automatic":
        assert outcomes == {("update", None)}
        changed = await books.value(
            "select count(*) from accounts where status = 'On Hold' and debtor = 'D'"
        )
        assert changed == 400
    else:
        assert outcomes == {("update", None), ("hold", "moved")}
        versions = await books.rows("select distinct version from accounts")
        assert [row["version"] for row in versions] == [2]
    await books.assert_sound()
