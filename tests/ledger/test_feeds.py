"""Upstream records in a ledger: what is booked once, and what is answered."""

import json
from typing import Any

from contracts.events.records_judged import RecordJudged
from tests.ledger.conftest import Books

PAYMENT = [None, "A-1", None, "payment", "25.00", None, "2024-02-01", "card", None, None, None]


def payment(event_id: str, content: str, reference: str) -> RecordJudged:
    return RecordJudged(
        source="crm",
        event_id=event_id,
        fingerprint=content,
        verdict="accepted",
        record_type="transactions",
        reference=reference,
        values=[reference, *PAYMENT[1:]],
        received_at="2024-02-01T00:00:00Z",
    )


async def open_account(books: Books) -> None:
    account = {"AccountNumber": "A-1", "AccountName": "Ada", "Balance": "100.00"}
    await books.book("accounts", [account])


async def told(books: Books) -> list[Any]:
    """Codes of the answers that wait in the outbox for a submission that booked nothing."""
    rows = await books.rows(
        "select value from outbox where topic = 'ledgerport.records-settled.v1' order by id"
    )
    return [[finding["code"] for finding in json.loads(row["value"])["findings"]] for row in rows]


async def test_an_event_that_comes_again_is_booked_once_and_not_answered_anew(books: Books) -> None:
    await open_account(books)
    await books.submit(payment("e-1", "x", "P-1"), payment("e-1", "x", "P-1"))
    await books.submit(payment("e-1", "x", "P-1"))
    assert await books.balance("A-1") == 7500
    assert await told(books) == []


async def test_an_event_id_with_other_content_is_told_in_its_own_batch_and_later(
    books: Books,
) -> None:
    await open_account(books)
    await books.submit(payment("e-1", "x", "P-1"), payment("e-1", "y", "P-2"))
    await books.submit(payment("e-1", "z", "P-3"))
    assert await books.balance("A-1") == 7500
    assert await told(books) == [["event_id_reused"], ["event_id_reused"]]
    await books.assert_sound()
