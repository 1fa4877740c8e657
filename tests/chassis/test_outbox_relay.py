"""The outbox: said if and only if committed, repeated with the same content after a crash."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer

from services.chassis import outbox
from services.chassis.database import Connection, in_transaction, open_pool
from services.chassis.migrations import CHASSIS_MIGRATIONS, migrate
from services.chassis.outbox import Relay
from services.chassis.publishing import OutboundMessage, Publisher
from tests.conftest import Kafka

PATIENCE_SECONDS = 30


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    connection = await asyncpg.connect(database)
    await connection.execute("create schema told")
    await connection.close()
    await migrate(database, schema="told", folders=[CHASSIS_MIGRATIONS])
    pool = await open_pool(database, application_name="test", search_path="told")
    yield pool
    await pool.close()


@pytest.fixture
async def publisher(kafka: Kafka) -> AsyncIterator[Publisher]:
    publisher = await Publisher.open(kafka.bootstrap)
    yield publisher
    await publisher.close()


@asynccontextmanager
async def relaying(*relays: Relay) -> AsyncIterator[None]:
    stop = asyncio.Event()
    tasks = [asyncio.create_task(relay.run(stop)) for relay in relays]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def read(kafka: Kafka, topic: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        return [
            (await asyncio.wait_for(consumer.getone(), PATIENCE_SECONDS)).value
            for _ in range(count)
        ]
    finally:
        await consumer.stop()


async def empty(pool: asyncpg.Pool) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await pool.fetchval("select count(*) from outbox"):
            await asyncio.sleep(0.02)


async def say(pool: asyncpg.Pool, topic: str, *values: bytes) -> None:
    messages = [OutboundMessage(topic, b"k", value, (("name", b"x"),)) for value in values]
    await in_transaction(pool, lambda connection: outbox.put(connection, messages))


async def test_what_is_committed_is_said_in_order_and_what_is_rolled_back_is_not(
    kafka: Kafka, pool: asyncpg.Pool, publisher: Publisher
) -> None:
    topic = await kafka.create_topic()

    async def say_and_fail(connection: Connection) -> None:
        await outbox.put(connection, [OutboundMessage(topic, None, b"never")])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await in_transaction(pool, say_and_fail)
    async with relaying(Relay(pool, publisher, schema="told")):
        for number in range(20):
            await say(pool, topic, str(number).encode())
        await empty(pool)
    assert await read(kafka, topic, 20) == [str(number).encode() for number in range(20)]


async def test_two_relays_of_one_lane_say_everything_once(
    kafka: Kafka, pool: asyncpg.Pool, publisher: Publisher
) -> None:
    topic = await kafka.create_topic()
    async with relaying(*(Relay(pool, publisher, schema="told") for _ in range(2))):
        for number in range(50):
            await say(pool, topic, str(number).encode())
        await empty(pool)
        await say(pool, topic, b"last")
        await empty(pool)
    assert (await read(kafka, topic, 51))[-1] == b"last"


async def test_an_expansion_becomes_its_messages(
    kafka: Kafka, pool: asyncpg.Pool, publisher: Publisher
) -> None:
    topic = await kafka.create_topic()

    async def expand(
        connection: asyncpg.Connection, entry: dict[str, Any]
    ) -> AsyncIterator[Sequence[OutboundMessage]]:
        for start in range(0, entry["count"], 10):
            yield [OutboundMessage(topic, None, b"%d" % n) for n in range(start, start + 10)]

    async with relaying(Relay(pool, publisher, schema="told", lane="bulk", expand=expand)):
        await in_transaction(
            pool, lambda one: outbox.put_expansion(one, {"count": 30}, lane="bulk")
        )
        await empty(pool)
    assert sorted(map(int, await read(kafka, topic, 30))) == list(range(30))


async def test_a_relay_goes_on_after_its_connection_was_cut(
    kafka: Kafka, pool: asyncpg.Pool, publisher: Publisher
) -> None:
    topic = await kafka.create_topic()
    async with relaying(Relay(pool, publisher, schema="told")):
        await say(pool, topic, b"before")
        await empty(pool)
        await pool.fetch(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
            " and datname = current_database()"
        )
        await say(pool, topic, b"after")
        await empty(pool)
    assert await read(kafka, topic, 2) == [b"before", b"after"]
