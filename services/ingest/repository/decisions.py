"""What people decide on rows and on whole imports, and what the ledger says of those rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from services.chassis.database import Connection
from services.ingest.domain.decisions import HELD_FOR_A_WORD
from services.ingest.repository import QUERIES

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """`action` is the ledger's word: hold or park; the others are None where all are meant."""

    action: str
    import_id: UUID | None = None
    assignee: str | None = None
    code: str | None = None


async def request_revert(
    connection: Connection, import_id: UUID, actor: str, reason: str | None
) -> None:
    await connection.execute(QUERIES["request_revert"], import_id, actor, reason)


async def sum_up_revert(connection: Connection, import_id: UUID) -> dict[str, Any]:
    """What a revert would come to, or what it has done, as contracts/views.py says."""
    return await connection.fetchval(QUERIES["sum_up_revert"], import_id)


async def list_kept(connection: Connection, import_id: UUID, after: int, limit: int) -> list[Row]:
    rows = await connection.fetch(QUERIES["list_kept"], import_id, after, limit)
    return [dict(row) for row in rows]


async def find_feed_type(connection: Connection, import_id: UUID) -> str | None:
    """The record type of the feed of this id; None where there is no such feed."""
    return await connection.fetchval(QUERIES["find_feed_type"], import_id)


async def find_waiting(connection: Connection, import_id: UUID, rows: Sequence[int]) -> set[int]:
    """Those of the rows that are held or parked."""
    return await _numbers(connection, "find_waiting", import_id, rows)


async def find_known(connection: Connection, import_id: UUID, rows: Sequence[int]) -> set[int]:
    return await _numbers(connection, "find_known", import_id, rows)


async def _numbers(
    connection: Connection, query: str, import_id: UUID, rows: Sequence[int]
) -> set[int]:
    return {row["row"] for row in await connection.fetch(QUERIES[query], import_id, rows)}


async def find_rows(connection: Connection, import_id: UUID, rows: Sequence[int]) -> list[Row]:
    """The ledger's word on them, in their order."""
    found = await connection.fetch(QUERIES["find_rows"], import_id, rows)
    return [dict(row) for row in found]


async def last_decisions(
    connection: Connection, import_id: UUID, rows: Sequence[int]
) -> dict[int, str]:
    found = await connection.fetch(QUERIES["last_decisions"], import_id, rows)
    return {row["row"]: row["decision"] for row in found}


async def add_decisions(
    connection: Connection,
    import_id: UUID,
    rows: Sequence[int],
    *,
    decision: str,
    reason: str | None,
    actor: str,
) -> None:
    await connection.execute(QUERIES["add_decisions"], import_id, rows, decision, reason, actor)


async def list_reviews(
    pool: asyncpg.Pool, asked: ReviewFilter, after: tuple[UUID, int] | None, limit: int
) -> list[Row]:
    """The newest import first, its rows in their order."""
    place = after or (None, None)
    filters = (asked.action, asked.import_id, asked.assignee, asked.code)
    rows = await pool.fetch(QUERIES["list_reviews"], *filters, *place, limit)
    return [dict(row) for row in rows]


async def assign_rows(
    connection: Connection,
    import_id: UUID,
    rows: Sequence[int],
    *,
    assignee: str | None,
    note: str | None,
    actor: str,
) -> None:
    """Nobody takes them back."""
    if assignee is None:
        await connection.execute(QUERIES["unassign_rows"], import_id, rows)
        return
    await connection.execute(QUERIES["assign_rows"], import_id, rows, assignee, note, actor)


async def list_correctable(
    connection: Connection,
    import_id: UUID,
    after: int,
    *,
    finding: str | None,
    dismissed: bool,
    limit: int,
) -> list[Row]:
    """Rejected rows, and those held for their errors; `dismissed` ones only where asked for."""
    rows = await connection.fetch(
        QUERIES["list_correctable"],
        import_id,
        after,
        finding,
        list(HELD_FOR_A_WORD),
        dismissed,
        limit,
    )
    return [dict(row) for row in rows]


async def list_acknowledged(
    connection: Connection, import_id: UUID, after: int, limit: int
) -> list[Mapping[str, Any]]:
    """Rows of an import of accounts with what their accounts are now."""
    return await connection.fetch(QUERIES["list_acknowledged"], import_id, after, limit)


async def redrive(pool: asyncpg.Pool, patience: timedelta) -> list[UUID]:
    """Uploads whose rows are missing in the books for longer; they wait to be read again."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(QUERIES["note_staged"])
        return [row["import_id"] for row in await connection.fetch(QUERIES["redrive"], patience)]
