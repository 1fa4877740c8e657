"""The books as an export reads them: one snapshot, streamed by the server's own COPY."""

from collections.abc import Awaitable, Callable
from typing import Literal

from services.chassis.database import Connection
from services.chassis.selecting import (
    SelectedColumn,
    Source,
    TextFormats,
    compose_custom_names,
    compose_select,
)
from services.exporter.repository.exports import QUERIES

Write = Callable[[bytes], Awaitable[None]]


async def read_watermark(connection: Connection) -> int:
    return await connection.fetchval(QUERIES["read_watermark"])


async def list_custom_fields(connection: Connection, source: Source) -> list[str]:
    """The names of all custom fields that some record of the source has."""
    sql, arguments = compose_custom_names(source)
    return [row["name"] for row in await connection.fetch(sql, *arguments)]


async def copy_rows(
    connection: Connection,
    source: Source,
    columns: tuple[SelectedColumn, ...],
    formats: TextFormats,
    *,
    delimiter: Literal[",", ";", "\t", "|"],
    write: Write,
) -> int:
    """Write the rows as CSV (RFC 4180, lines end in LF, no header); returns how many.

    COPY takes no parameters: asyncpg lets the server itself quote them into the query.
    """
    sql, arguments = compose_select(source, columns, formats)
    said = await connection.copy_from_query(
        sql,
        *arguments,
        output=write,  # pyright: ignore[reportArgumentType]
        format="csv",
        delimiter=delimiter,
    )
    return int(said.split()[-1])
