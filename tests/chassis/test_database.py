"""Transactions against a real server: what is tried again, and what never is."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.chassis.database import Connection, in_transaction, is_passing, open_pool

PATIENCE_SECONDS = 30


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(database, application_name="test")
    await pool.execute("create table counters (id int primary key, value int not null)")
    await pool.execute("insert into counters values (1, 0), (2, 0)")
    yield pool
    await pool.close()


async def add(connection: Connection, counter: int) -> None:
    await connection.execute("update counters set value = value + 1 where id = $1", counter)


async def values(pool: asyncpg.Pool) -> list[int]:
    return [row["value"] for row in await pool.fetch("select value from counters order by id")]


async def test_of_two_transactions_in_a_deadlock_both_succeed(pool: asyncpg.Pool) -> None:
    both_hold = asyncio.Barrier(2)
    attempts = 0

    async def cross(connection: Connection, first: int, second: int) -> None:
        nonlocal attempts
        attempts += 1
        await add(connection, first)
        if attempts <= 2:
            await both_hold.wait()
        await add(connection, second)

    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(
            in_transaction(pool, lambda one: cross(one, 1, 2)),
            in_transaction(pool, lambda one: cross(one, 2, 1)),
        )
    assert attempts == 3
    assert await values(pool) == [2, 2]


async def test_a_serialization_failure_is_tried_again(pool: asyncpg.Pool) -> None:
    both_read = asyncio.Barrier(2)
    attempts = 0

    async def raise_to_next(connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        value = await connection.fetchval("select value from counters where id = 1")
        if attempts <= 2:
            await both_read.wait()
        await connection.execute("update counters set value = $1 where id = 1", value + 1)

    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(
            in_transaction(pool, raise_to_next, isolation="repeatable_read"),
            in_transaction(pool, raise_to_next, isolation="repeatable_read"),
        )
    assert await values(pool) == [2, 0]


async def test_a_connection_that_is_killed_on_the_way_is_replaced(pool: asyncpg.Pool) -> None:
    attempts = 0

    async def work(connection: Connection) -> int:
        nonlocal attempts
        attempts += 1
        await add(connection, 1)
        if attempts == 1:
            pid = await connection.fetchval("select pg_backend_pid()")
            await pool.execute("select pg_terminate_backend($1)", pid)
        return await connection.fetchval("select value from counters where id = 1")

    assert await in_transaction(pool, work) == 1
    assert attempts == 2
    assert await values(pool) == [1, 0]


@pytest.mark.parametrize(
    "error", [asyncpg.UniqueViolationError, asyncpg.InterfaceError, ConnectionError, ValueError]
)
async def test_what_cannot_succeed_later_is_tried_once(
    pool: asyncpg.Pool, error: type[Exception]
) -> None:
    attempts = 0

    async def work(connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        await add(connection, 1)
        raise error("of the caller's own making")

    with pytest.raises(error):
        await in_transaction(pool, work)
    assert attempts == 1
    assert await values(pool) == [0, 0]


async def test_a_lasting_deadlock_is_told_after_the_last_attempt(pool: asyncpg.Pool) -> None:
    attempts = 0

    async def work(connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        raise asyncpg.DeadlockDetectedError("again")

    with pytest.raises(asyncpg.DeadlockDetectedError):
        await in_transaction(pool, work, attempts=3)
    assert attempts == 3


async def test_json_goes_in_and_out_as_values_also_by_copy(pool: asyncpg.Pool) -> None:
    await pool.execute("create table documents (content jsonb)")
    content = {"text": "ü", "list": [1, None, True], "nested": {"a": "b"}}
    await pool.execute("insert into documents values ($1)", content)
    await pool.copy_records_to_table("documents", records=[(content,), (None,)])
    found = [row["content"] for row in await pool.fetch("select content from documents")]
    assert found == [content, content, None]


async def test_a_pool_waits_only_so_long_for_its_server() -> None:
    with pytest.raises(OSError, match="Connect call failed"):
        await open_pool(
            "postgresql://nobody:nothing@127.0.0.1:1/none",
            application_name="test",
            patience_seconds=0.2,
        )


def test_a_group_of_errors_passes_when_all_of_it_does() -> None:
    lost = asyncpg.ConnectionDoesNotExistError("lost")
    assert is_passing(ExceptionGroup("tasks", [lost, ConnectionError()]))
    assert not is_passing(ExceptionGroup("tasks", [lost, KeyError("bug")]))
