"""PostgreSQL: pools, and transactions that are tried again when that can help."""

import asyncio
import random
import socket
from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeAlias, TypeVar, cast

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

T = TypeVar("T")

Connection: TypeAlias = "asyncpg.Connection[Any] | PoolConnectionProxy[Any]"
Isolation = Literal["read_committed", "repeatable_read", "serializable"]

# What the server answers when the same transaction may well succeed now, or in a moment.
_ANSWERS = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
)
# For loops that survive a database that is away; transactions look closer (`in_transaction`).
RETRYABLE = (*_ANSWERS, asyncpg.InterfaceError, OSError)
FIRST_DELAY_SECONDS = 0.05
LONGEST_DELAY_SECONDS = 3.0
_CLIENT_KEEPALIVES = {
    "TCP_KEEPIDLE": 10,
    "TCP_KEEPINTVL": 5,
    "TCP_KEEPCNT": 2,
    "TCP_USER_TIMEOUT": 20_000,
}
# The server's side: locks of a client that is cut off are given back as soon.
_SERVER_KEEPALIVES = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "20000",
}


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
        # What is looked up is mostly in memory, or on a disk without arms: PostgreSQL's default
        # makes it read a table of a million rows to find twenty thousand by their ids.
        "random_page_cost": "1.1",
        **_SERVER_KEEPALIVES,
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
                init=_prepare,
                command_timeout=statement_timeout_seconds + 10,
            )
        except RETRYABLE:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(delay_seconds(attempt))
    raise AssertionError("unreachable")


async def _prepare(connection: Connection) -> None:
    _notice_cut_networks(connection)
    await _teach_json(connection)


def _notice_cut_networks(connection: Any) -> None:
    """Without an answer for 20 s a connection is lost; the kernel alone would wait 15 minutes.

    asyncpg has no setting for it.
    """
    found: socket.socket | None = connection._transport.get_extra_info("socket")
    if found is None or found.family not in (socket.AF_INET, socket.AF_INET6):
        return
    found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _CLIENT_KEEPALIVES.items():
        if hasattr(socket, name):
            found.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


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
    connection, and after nothing else.

    Whether a commit whose answer was lost has happened is for the caller's unique keys to tell:
    `work` may run again after it.
    """
    for attempt in range(1, attempts + 1):
        connection: Connection | None = None
        try:
            connection = await pool.acquire()
            async with connection.transaction(isolation=isolation):
                return await work(connection)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            if attempt == attempts or not _may_succeed_again(error, connection):
                raise
        finally:
            if connection is not None:
                await pool.release(connection)
        await asyncio.sleep(delay_seconds(attempt))
    raise AssertionError("unreachable")


def _may_succeed_again(error: Exception, connection: "Connection | None") -> bool:
    """Without a connection any fault of the network counts; with one, only its loss."""
    if isinstance(error, _ANSWERS):
        return True
    return isinstance(error, RETRYABLE) if connection is None else is_lost(connection)


def is_lost(connection: Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        # The pool takes a connection back by itself when it breaks.
        return True


def is_passing(error: BaseException) -> bool:
    """Whether a loop should wait and go on; a group of errors passes when all of it does."""
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        return all(is_passing(one) for one in group.exceptions)
    return isinstance(error, RETRYABLE)
