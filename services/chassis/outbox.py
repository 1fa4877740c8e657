"""The outbox: what a transaction has to say, published after it by a relay, at least once."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import groupby
from typing import Any

import asyncpg

from services.chassis.claims import wait_for_any
from services.chassis.crash_points import reach
from services.chassis.database import RETRYABLE, Connection, is_lost
from services.chassis.logs import get_logger
from services.chassis.metrics import OUTBOX_AGE, OUTBOX_DEPTH
from services.chassis.publishing import (
    PUBLISHING_ERRORS,
    OutboundMessage,
    Publisher,
    check_size,
)

Expand = Callable[[Connection, dict[str, Any]], AsyncIterator[Sequence[OutboundMessage]]]

IDLE_SECONDS = 1.0
ENTRIES_PER_STEP = 500
_RELAY_LOCK = 7002

MEASURE_SECONDS = 5.0
COUNTED_ENTRIES = 10_000
# One round trip each: the notification is sent when, and only when, the transaction commits.
_NOTIFY = "select pg_notify('outbox_' || current_schema(), $1)"
_PUT = (
    "with said as (insert into outbox (lane, topic, key, value, headers)"
    " select $1, m.topic, m.key, m.value, m.headers"
    " from unnest($2::text[], $3::bytea[], $4::bytea[], $5::jsonb[])"
    " with ordinality as m (topic, key, value, headers, place) order by m.place)"
    f" {_NOTIFY}"
)
_PUT_EXPANSION = f"with said as (insert into outbox (lane, expand) values ($1, $2)) {_NOTIFY}"
_TAKE = (
    "select id, topic, key, value, headers, expand from outbox where lane = $1 order by id limit $2"
)
_MEASURE = (
    "select count(*) as entries,"
    " coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as age"
    " from (select created_at from outbox where lane = $1 order by id limit $2) as oldest"
)
# By their ids, never by a range: an entry with a lower id may be committed later.
_DELETE = "delete from outbox where id = any($1::bigint[])"
_TRY_LOCK = "select pg_try_advisory_lock($1, hashtext($2))"
_UNLOCK_ALL = "select pg_advisory_unlock_all()"


async def put(
    connection: Connection, messages: Sequence[OutboundMessage], *, lane: str = "default"
) -> None:
    """Say these messages if, and only if, the transaction commits.

    Headers are UTF-8 text and have different names. Raises MessageTooLargeError, as the relay
    could not get past such a message.
    """
    if not messages:
        return
    for message in messages:
        check_size(message.key, message.value, message.headers)
    await connection.execute(
        _PUT,
        lane,
        [message.topic for message in messages],
        [message.key for message in messages],
        [message.value for message in messages],
        [{name: value.decode() for name, value in message.headers} for message in messages],
    )


async def put_expansion(
    connection: Connection, expand: dict[str, Any], *, lane: str = "default"
) -> None:
    """One entry that the relay turns into many messages, which must be the same each time."""
    await connection.execute(_PUT_EXPANSION, lane, expand)


class Relay:
    """Publishes one lane of one schema's outbox, oldest entry first.

    A session lock makes it the only one of its lane among all processes; when its process dies,
    another takes over and repeats what was not marked, with the same ids. It keeps one connection
    of the pool for itself.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        publisher: Publisher,
        *,
        schema: str,
        lane: str = "default",
        expand: Expand | None = None,
    ) -> None:
        self._pool = pool
        self._publisher = publisher
        self._schema = schema
        self._lane = lane
        self._expand = expand
        self._woken = asyncio.Event()
        self._measured_at = 0.0

    def wake(self) -> None:
        """Look at once, without a notification."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until stopped; faults of database and broker are waited out."""
        while not stop.is_set():
            try:
                await self._run_locked(stop)
            except (*RETRYABLE, *PUBLISHING_ERRORS) as error:
                get_logger(__name__).warning(
                    "relay_retries", schema=self._schema, lane=self._lane, exc_info=error
                )
                await wait_for_any(stop, seconds=random.uniform(0.2, 1.5))

    async def _run_locked(self, stop: asyncio.Event) -> None:
        async with self._pool.acquire() as connection:
            try:
                await connection.add_listener(f"outbox_{self._schema}", self._hear)
                while not stop.is_set() and not await self._lock(connection):
                    await wait_for_any(stop, seconds=IDLE_SECONDS)
                while not stop.is_set():
                    self._woken.clear()
                    await self._measure(connection)
                    if not await self._relay_some(connection):
                        await wait_for_any(stop, self._woken, seconds=IDLE_SECONDS)
            finally:
                if not is_lost(connection):
                    await connection.remove_listener(f"outbox_{self._schema}", self._hear)
                    await connection.execute(_UNLOCK_ALL)

    async def _lock(self, connection: Connection) -> bool:
        name = f"{self._schema}/{self._lane}"
        return await connection.fetchval(_TRY_LOCK, _RELAY_LOCK, name)

    def _hear(self, *heard: Any) -> None:
        if heard[3] == self._lane:
            self._woken.set()

    async def _measure(self, connection: Connection) -> None:
        now = time.monotonic()
        if now - self._measured_at < MEASURE_SECONDS:
            return
        self._measured_at = now
        found = await connection.fetchrow(_MEASURE, self._lane, COUNTED_ENTRIES)
        assert found is not None
        OUTBOX_DEPTH.labels(self._schema, self._lane).set(found["entries"])
        OUTBOX_AGE.labels(self._schema, self._lane).set(found["age"])

    async def _relay_some(self, connection: Connection) -> bool:
        entries = await connection.fetch(_TAKE, self._lane, ENTRIES_PER_STEP)
        for expands, run in groupby(entries, key=lambda entry: entry["expand"] is not None):
            if not expands:
                await self._relay_messages(connection, list(run))
                continue
            for entry in run:
                await self._send_expanded(connection, entry["expand"])
                await self._forget(connection, [entry["id"]])
        return bool(entries)

    async def _relay_messages(
        self, connection: Connection, entries: Sequence[asyncpg.Record]
    ) -> None:
        await self._publisher.send([_message(entry) for entry in entries])
        await self._forget(connection, [entry["id"] for entry in entries])

    async def _forget(self, connection: Connection, ids: list[int]) -> None:
        reach("relay.after_send")
        await connection.execute(_DELETE, ids)

    async def _send_expanded(self, connection: Connection, entry: dict[str, Any]) -> None:
        assert self._expand is not None, "an entry to expand, and nobody who can"
        async for messages in self._expand(connection, entry):
            await self._publisher.send(messages)


def _message(entry: asyncpg.Record) -> OutboundMessage:
    headers = tuple((name, value.encode()) for name, value in entry["headers"].items())
    return OutboundMessage(entry["topic"], entry["key"], entry["value"], headers)
