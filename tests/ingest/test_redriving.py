"""Uploads whose rows got lost on the way to the books are read again by themselves."""

from datetime import timedelta
from typing import Any

from services.ingest.handlers.redriving import redrive_uploads
from services.ledger.handlers.lifecycle import follow

FILE = "AccountNumber,AccountName,Balance\nA-1,Alpha,1.00\nA-2,Beta,x\n"
MAPPED: dict[str, Any] = {
    "mapping": {name: name for name in ("AccountNumber", "AccountName", "Balance")}
}
NOW = timedelta(0)
LONG = timedelta(hours=1)


async def lose_rows(ingest: Any) -> dict[str, Any]:
    """The ledger hears of the import, but none of its rows arrive."""
    opened = await ingest.open(FILE, **MAPPED)
    await ingest.read()
    for step in await ingest.take_steps():
        await follow(ingest.books, step)
    return opened


async def test_an_upload_without_progress_is_read_again_and_gets_ready(ingest: Any) -> None:
    opened = await lose_rows(ingest)
    pool = ingest.facilities.pool
    assert await redrive_uploads(pool, LONG) == 0
    assert await pool.fetchval("select staged_seen from uploads") == 0
    assert await redrive_uploads(pool, NOW) == 1
    assert (await ingest.show(opened["id"]))["state"] == "reading"
    await ingest.settle()
    ready = await ingest.show(opened["id"])
    assert (ready["state"], ready["revision"], ready["counts"]["created"]) == ("ready", 1, 1)
    assert await redrive_uploads(pool, NOW) == 0


async def test_an_upload_that_gets_on_is_left_alone(ingest: Any) -> None:
    await lose_rows(ingest)
    pool = ingest.facilities.pool
    await redrive_uploads(pool, LONG)
    await pool.execute("update uploads set staged_seen_at = now() - interval '2 hours'")
    await ingest.books.execute("update revisions set staged = 1")
    assert await redrive_uploads(pool, LONG) == 0
    await pool.execute("update uploads set staged_seen_at = now() - interval '2 hours'")
    assert await redrive_uploads(pool, LONG) == 1


async def test_a_correction_that_got_lost_is_sent_again(ingest: Any) -> None:
    ready = await ingest.review(FILE, **MAPPED)
    await ingest.correct(ready["id"], 2, Balance="2.00")
    outbox = await ingest.facilities.pool.fetch("delete from outbox returning topic, value")
    assert len(outbox) == 2
    pool = ingest.facilities.pool
    await redrive_uploads(pool, LONG)
    await redrive_uploads(pool, NOW)
    await ingest.settle()
    again = await ingest.show(ready["id"])
    assert (again["state"], again["counts"]["created"]) == ("ready", 2)


async def test_what_is_cancelled_or_without_a_ledger_is_not_read_again(ingest: Any) -> None:
    opened = await lose_rows(ingest)
    pool = ingest.facilities.pool
    await redrive_uploads(pool, LONG)
    await ingest.cancel(opened["id"])
    assert await redrive_uploads(pool, NOW) == 0
    await ingest.books.execute("drop schema ledger_v1 cascade")
    assert await redrive_uploads(pool, NOW) == 0
