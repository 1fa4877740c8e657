"""The outbox: what a transaction has to say, published after it by a relay, at least once."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import asyncpg

from services.chassis.claims import wait_for_any
from services.chassis.crash_points import reach
from services.chassis.database import RETRYABLE, Connection
from services.chassis.logs import get_logger
from services.chassis.metrics import OUTBOX_AGE, OUTBOX_DEPTH
from services.chassis.publishing import PUBLISHING_ERRORS, OutboundMessage, Publisher

Expand = Callable[[Connection, dict[str, Any]], AsyncIterator[Sequence[OutboundMessage]]]

IDLE_SECONDS = 1.0
ENTRIES_PER_STEP = 500
_RELAY_LOCK = 7002

_PUT = (
    "insert into outbox (lane, topic, key, value, headers)"
    " select $1, m.topic, m.key, m.value, m.headers"
    " from unnest($2::text[], $3::bytea[], $4::bytea[], $5::jsonb[])"
    " as m (topic, key, value, headers)"
)
_PUT_EXPANSION = "insert into outbox (lane, expand) values ($1, $2)"
_NOTIFY = "select pg_notify('outbox_' || current_schema(), $1)"
_TAKE = (
    "select id, topic, key, value, headers, expand,"
    " extract(epoch from now() - created_at)::float8 as age"
    " from outbox where lane = $1 order by id limit $2"
)
_DELETE = "delete from outbox where id = any($1::bigint[])"
_TRY_LOCK = "select pg_try_advisory_lock($1, hashtext($2))"
_UNLOCK_ALL = "select pg_advisory_unlock_all()"


async def put(
    connection: Connection, messages: Sequence[OutboundMessage], *, lane: str = "default"
) -> None:
    """Say these messages if, and only if, the transaction commits."""
    await connection.execute(
        _PUT,
        lane,
        [message.topic for message in messages],
        [message.key for message in messages],
        [message.value for message in messages],
        [{name: value.decode() for name, value in message.headers} for message in messages],
    )
    await connection.execute(_NOTIFY, lane)


async def put_expansion(
    connection: Connection, expand: dict[str, Any], *, lane: str = "default"
) -> None:
    """One entry that the relay turns into many messages."""
    await connection.execute(_PUT_EXPANSION, lane, expand)
    await connection.execute(_NOTIFY, lane)


class Relay:
    """Publishes one lane of one schema's outbox: ready messages first, then expansions in order.

    A session lock makes it the only one of its lane among all processes; when its process dies,
    another takes over and repeats what was not marked, with the same ids.
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

    def wake(self) -> None:
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
                    if not await self._relay_some(connection):
                        await wait_for_any(stop, self._woken, seconds=IDLE_SECONDS)
            finally:
                if not connection.is_closed():
                    await connection.remove_listener(f"outbox_{self._schema}", self._hear)
                    await connection.execute(_UNLOCK_ALL)

    async def _lock(self, connection: Connection) -> bool:
        name = f"{self._schema}/{self._lane}"
        return await connection.fetchval(_TRY_LOCK, _RELAY_LOCK, name)

    def _hear(self, *heard: Any) -> None:
        if heard[3] == self._lane:
            self._woken.set()

    async def _relay_some(self, connection: Connection) -> bool:
        entries = await connection.fetch(_TAKE, self._lane, ENTRIES_PER_STEP)
        OUTBOX_DEPTH.labels(self._schema, self._lane).set(len(entries))
        OUTBOX_AGE.labels(self._schema, self._lane).set(entries[0]["age"] if entries else 0)
        plain = [entry for entry in entries if entry["expand"] is None]
        if plain:
            await self._publisher.send([_message(entry) for entry in plain])
            await self._forget(connection, [entry["id"] for entry in plain])
        for entry in entries:
            if entry["expand"] is not None:
                await self._send_expanded(connection, entry["expand"])
                await self._forget(connection, [entry["id"]])
        return bool(entries)

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
