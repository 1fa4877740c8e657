"""PostgreSQL: pools, and transactions that are tried again when that can help."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeAlias, TypeVar

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

T = TypeVar("T")

Connection: TypeAlias = "asyncpg.Connection[Any] | PoolConnectionProxy[Any]"
Isolation = Literal["read_committed", "repeatable_read", "serializable"]

RETRYABLE = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    ConnectionError,
    TimeoutError,
    OSError,
)
FIRST_DELAY_SECONDS = 0.05
LONGEST_DELAY_SECONDS = 3.0


async def open_pool(
    dsn: str,
    *,
    application_name: str,
    min_size: int = 1,
    max_size: int = 8,
    search_path: str | None = None,
    statement_timeout_seconds: float = 600,
    patience_seconds: float = 60,
) -> asyncpg.Pool:
    """A pool whose connections speak JSON and UTC; waits up to `patience_seconds` for the
    server.
    """
    server_settings = {
        "application_name": application_name,
        "timezone": "UTC",
        "statement_timeout": str(int(statement_timeout_seconds * 1000)),
        "lock_timeout": "60000",
        "idle_in_transaction_session_timeout": "300000",
    }
    if search_path:
        server_settings["search_path"] = search_path
    deadline = asyncio.get_running_loop().time() + patience_seconds
    for attempt in range(1, 10_000):
        try:
            return await asyncpg.create_pool(
                dsn,
                min_size=min_size,
                max_size=max_size,
                server_settings=server_settings,
                init=_teach_json,
                command_timeout=statement_timeout_seconds + 10,
            )
        except RETRYABLE:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(delay_seconds(attempt))
    raise AssertionError("unreachable")


async def _teach_json(connection: Connection) -> None:
    """`jsonb` as Python values; in the binary format, so that COPY can use it too."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + orjson.dumps(value),
        decoder=lambda data: orjson.loads(data[1:]),
        format="binary",
    )


def delay_seconds(attempt: int) -> float:
    """Exponential with full jitter, so that rivals do not meet again."""
    ceiling = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2**attempt)
    return random.uniform(FIRST_DELAY_SECONDS, ceiling)


async def in_transaction(
    pool: asyncpg.Pool,
    work: Callable[[Connection], Awaitable[T]],
    *,
    attempts: int = 6,
    isolation: Isolation | None = None,
) -> T:
    """Run `work` in a transaction, again after a deadlock, a serialization failure or a lost
    connection. Whether a commit whose answer was lost has happened is for the caller's unique
    keys to tell: `work` may run again after it."""
    for attempt in range(1, attempts + 1):
        try:
            async with (
                pool.acquire() as connection,
                connection.transaction(isolation=isolation),
            ):
                return await work(connection)
        except RETRYABLE:
            if attempt == attempts:
                raise
            await asyncio.sleep(delay_seconds(attempt))
    raise AssertionError("unreachable")
