"""The books as an export reads them: one snapshot, streamed by the server's own COPY."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import asyncpg
import orjson

from services.chassis.database import Connection
from services.chassis.queries import load_queries
from services.chassis.selecting import (
    SelectedColumn,
    Source,
    TextFormats,
    compose_custom_names,
    compose_select,
)

QUERIES = load_queries(Path(__file__).with_name("books.sql"))
_PREPARATION = ("write_iso_dates", "save_compiling", "grant_memory")

Write = Callable[[bytes], Awaitable[None]]


async def has_view(connection: Connection, source: Source) -> bool:
    return await connection.fetchval(QUERIES["has_view"], source.schema, source.view)


@asynccontextmanager
async def open_snapshot(pool: asyncpg.Pool, *, whole: bool) -> AsyncIterator[Connection]:
    """One moment of the books. A `whole` dataset is joined as such, whatever the planner thinks
    of its size: after a large import its statistics are still old.
    """
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        for name in _PREPARATION:
            await connection.execute(QUERIES[name])
        if whole:
            await connection.execute(QUERIES["avoid_nested_loops"])
        yield connection


async def read_watermark(connection: Connection) -> int:
    return await connection.fetchval(QUERIES["read_watermark"])


async def list_custom_names(connection: Connection, source: Source) -> list[str]:
    """The names of all custom fields that some record of the source has."""
    names: set[str] = set()
    while True:
        sql, arguments = compose_custom_names(source, sorted(names))
        more = {row["name"] for row in await connection.fetch(sql, *arguments)}
        if not more:
            return sorted(names)
        names |= more


async def estimate_rows(
    connection: Connection,
    source: Source,
    columns: Sequence[SelectedColumn],
    formats: TextFormats,
) -> int:
    """What the planner expects."""
    sql, arguments = compose_select(source, columns, formats)
    plan = await connection.fetchval(f"explain (format json) {sql}", *arguments)
    return int(orjson.loads(plan)[0]["Plan"]["Plan Rows"])


async def copy_rows(
    connection: Connection,
    source: Source,
    columns: Sequence[SelectedColumn],
    formats: TextFormats,
    *,
    delimiter: Literal[",", ";", "\t", "|"],
    write: Write,
) -> int:
    """Write the rows as CSV (RFC 4180, but lines end in LF; no header); returns how many.

    COPY takes no parameters: asyncpg lets the server itself quote them into the query.
    """
    sql, arguments = compose_select(source, columns, formats)
    said = await connection.copy_from_query(
        sql,
        *arguments,
        output=write,  # pyright: ignore[reportArgumentType]
        format="csv",
        delimiter=delimiter,
        encoding="utf8",
    )
    return int(said.rpartition(" ")[2])
