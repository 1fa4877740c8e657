"""Attempts at exports: leases, faults, cancellation, failure, and the end of files."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest

from contracts.api.exports import ExportQuery
from services.chassis.object_store import ObjectStore, StoreUnavailableError
from services.exporter.domain.files import name_object
from services.exporter.handlers.clearing import clear_files
from services.exporter.handlers.rendering import render
from services.exporter.repository import exports
from tests.exporter.conftest import Exporter, account

PATIENCE_SECONDS = 30


class FaultyStore:
    """The real store, but for what a test lets happen when a file is put."""

    def __init__(self, store: ObjectStore, happen: Callable[[], Any]) -> None:
        self._store = store
        self._happen = happen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def put(self, name: str, chunks: AsyncIterator[bytes]) -> Any:
        stored = await self._store.put(name, chunks)
        await self._happen()
        return stored


async def take_over(exporter: Exporter) -> None:
    """As if the lease of whoever renders had run out."""
    await exporter.pool.execute("update exports set lease_until = now() - interval '1 second'")


async def test_a_store_that_is_away_is_tried_again_later(exporter: Exporter) -> None:
    async def fail() -> None:
        raise StoreUnavailableError("away")

    export = await exporter.ask()
    assert await exporter.render_next(store=FaultyStore(exporter.store, fail))
    found = await exporter.find(export)
    assert (found.state, found.attempts) == ("requested", 1)
    assert not await exporter.render_next()
    await take_over(exporter)
    assert await exporter.render_next()
    assert (await exporter.find(export)).state == "ready"
    assert await exporter.list_objects() == [name_object(export.id, 2)]


async def test_what_fails_again_and_again_is_failed_and_said_to_be(exporter: Exporter) -> None:
    async def fail() -> None:
        raise RuntimeError("a bug")

    export = await exporter.ask()
    broken = FaultyStore(exporter.store, fail)
    for _ in range(3):
        assert await exporter.render_next(store=broken, attempts=2)
        await take_over(exporter)
    found = await exporter.find(export)
    assert found.state == "failed"
    assert found.failure is not None
    assert found.failure["code"] == "rendering_failed"
    [(topic, value)] = await exporter.list_said()
    assert topic == "ledgerport.exports-failed.v1"
    assert json.loads(value)["export_id"] == str(export.id)
    await clear_files(exporter.pool, exporter.store)
    assert await exporter.list_objects() == []


async def test_a_query_that_cannot_be_run_any_more_fails_at_once(exporter: Exporter) -> None:
    export = await exporter.ask()
    await exporter.pool.execute("""update exports set query = query || '{"dataset": "gone"}'""")
    assert await exporter.render_next()
    found = await exporter.find(export)
    assert found.failure is not None
    assert (found.state, found.failure["code"]) == ("failed", "unknown_dataset")


async def test_a_query_beyond_the_time_limit_is_failed_as_too_slow(exporter: Exporter) -> None:
    await exporter.books.book("accounts", [account(1)])
    await exporter.books.rows("alter view ledger_v1.watermark rename to watermark_now")
    await exporter.books.rows(
        "create view ledger_v1.watermark as"
        " select value from ledger.watermark where pg_sleep(60) is not null"
    )
    export = await exporter.ask()
    impatient = await asyncpg.create_pool(
        dsn=exporter.dsn,
        server_settings={"search_path": "exporter", "statement_timeout": "100"},
        min_size=1,
    )
    assert await exporter.render_next(books=impatient)
    await impatient.close()
    found = await exporter.find(export)
    assert found.failure is not None
    assert found.failure["code"] == "rendering_too_slow"


async def test_an_export_whose_renderer_is_silent_is_taken_over_and_announced_once(
    exporter: Exporter,
) -> None:
    """The first renderer wakes up after the second has finished: a zombie."""
    stalled, go_on = asyncio.Event(), asyncio.Event()

    async def stall() -> None:
        stalled.set()
        await go_on.wait()

    export = await exporter.ask()
    zombie = asyncio.create_task(
        exporter.render_next(store=FaultyStore(exporter.store, stall), lease_seconds=3600)
    )
    await asyncio.wait_for(stalled.wait(), PATIENCE_SECONDS)
    assert not await exporter.render_next()
    await take_over(exporter)
    assert await exporter.render_next()
    go_on.set()
    await zombie
    found = await exporter.find(export)
    assert (found.state, found.attempts) == ("ready", 2)
    assert await exporter.list_objects() == [name_object(export.id, 2)]
    assert len(await exporter.list_said()) == 1


async def test_cancelling_stops_the_rendering_and_leaves_nothing(exporter: Exporter) -> None:
    stalled, never = asyncio.Event(), asyncio.Event()

    async def stall() -> None:
        stalled.set()
        await never.wait()

    export = await exporter.ask()
    rendering = asyncio.create_task(
        exporter.render_next(store=FaultyStore(exporter.store, stall), lease_seconds=0.3)
    )
    await asyncio.wait_for(stalled.wait(), PATIENCE_SECONDS)
    assert await exports.cancel_export(exporter.pool, export.id)
    assert await asyncio.wait_for(rendering, PATIENCE_SECONDS)
    assert (await exporter.find(export)).state == "cancelled"
    assert await exporter.list_objects() == []
    assert await exporter.list_said() == []
    assert not await exporter.render_next()


async def test_a_long_rendering_keeps_its_lease(exporter: Exporter) -> None:
    stalled, go_on = asyncio.Event(), asyncio.Event()

    async def stall() -> None:
        stalled.set()
        await go_on.wait()

    export = await exporter.ask()
    began = await exporter.pool.fetchval("select clock_timestamp()")
    rendering = asyncio.create_task(
        exporter.render_next(store=FaultyStore(exporter.store, stall), lease_seconds=0.6)
    )
    await asyncio.wait_for(stalled.wait(), PATIENCE_SECONDS)
    later = "select lease_until > $1::timestamptz + interval '2 seconds' from exports"
    while not await exporter.pool.fetchval(later, began):
        await asyncio.sleep(0.05)
    go_on.set()
    await rendering
    assert (await exporter.find(export)).attempts == 1


async def test_a_worker_that_stops_hands_its_export_on_at_once(exporter: Exporter) -> None:
    stalled, never = asyncio.Event(), asyncio.Event()

    async def stall() -> None:
        stalled.set()
        await never.wait()

    export = await exporter.ask()
    stopping = asyncio.create_task(
        exporter.render_next(store=FaultyStore(exporter.store, stall), lease_seconds=3600)
    )
    await asyncio.wait_for(stalled.wait(), PATIENCE_SECONDS)
    stopping.cancel()
    await asyncio.wait({stopping})
    assert await exporter.render_next()
    assert (await exporter.find(export)).state == "ready"


async def test_a_commit_whose_answer_was_lost_keeps_its_file(
    exporter: Exporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = exports.finish_export
    calls: list[int] = []

    async def finish_twice(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        await finish(*arguments, **options)
        return await finish(*arguments, **options)

    monkeypatch.setattr(exports, "finish_export", finish_twice)
    export = await exporter.ask()
    assert await exporter.render_next()
    assert calls
    found = await exporter.find(export)
    assert found.state == "ready"
    assert await exporter.list_objects() == [name_object(export.id, 1)]


async def test_a_store_that_gives_up_early_ends_the_reading_of_the_books(
    exporter: Exporter,
) -> None:
    """The writing side is full and waits; nobody reads it any more."""
    rows = [account(number, Debtor="x" * 100) for number in range(50)]
    await exporter.books.book("accounts", rows)
    await exporter.books.rows(
        "create or replace view ledger_v1.transactions_many as"
        " select a.*, n from ledger_v1.accounts a, generate_series(1, 2000) n"
    )

    class Impatient:
        async def put(self, name: str, chunks: AsyncIterator[bytes]) -> Any:
            async for _ in chunks:
                raise StoreUnavailableError("no more")

    await exporter.books.rows("alter view ledger_v1.accounts rename to accounts_few")
    await exporter.books.rows("alter view ledger_v1.transactions_many rename to accounts")
    noted: list[int] = []

    async def note(rows: int) -> None:
        noted.append(rows)

    query = ExportQuery.model_validate({"dataset": "accounts"})
    store: Any = Impatient()
    rendering = render(exporter.pool, store, query, name="x", note_estimate=note)
    with pytest.raises(StoreUnavailableError):
        await asyncio.wait_for(rendering, PATIENCE_SECONDS)
    assert noted


async def test_an_expired_file_is_deleted(exporter: Exporter) -> None:
    export, _ = await exporter.render()
    await clear_files(exporter.pool, exporter.store)
    assert await exporter.list_objects() == [name_object(export.id, 1)]
    await exporter.pool.execute("update exports set expires_at = now() - interval '1 day'")
    await clear_files(exporter.pool, exporter.store)
    assert (await exporter.find(export)).state == "expired"
    assert await exporter.list_objects() == []
    assert await exports.list_uncleared(exporter.pool) == []
