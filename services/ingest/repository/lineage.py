"""Reading where a record's values come from, through the views that the ledger publishes."""

from datetime import datetime
from pathlib import Path
from typing import Any, cast

import asyncpg

from services.chassis.database import Connection
from services.chassis.queries import load_queries
from services.ingest.domain.lineage import Source

QUERIES = load_queries(Path(__file__).with_name("lineage.sql"))
_NOT_THERE = (asyncpg.UndefinedTableError, asyncpg.UndefinedFunctionError)


async def find_record(
    connection: Connection, record_type: str, record_id: int
) -> dict[str, Any] | None:
    """A row of the type's view; None where there is none, or no such view yet."""
    try:
        found = await connection.fetchval(QUERIES["find_record"], record_type, record_id)
    except _NOT_THERE:
        return None
    return cast(dict[str, Any] | None, found)


async def list_sources(
    connection: Connection, record_id: int, record: dict[str, Any]
) -> list[Source]:
    """The newest thousand changes that count, and the creation; the newest first."""
    rows = await connection.fetch(
        QUERIES["list_sources"],
        record_id,
        record["import_id"],
        record["row"],
        datetime.fromisoformat(record["created_at"]),
    )
    return [Source(**row) for row in rows]
