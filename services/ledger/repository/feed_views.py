"""Reading feeds for the API."""

from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from contracts.findings import explain
from services.ledger.domain.summary import ActionSum
from services.ledger.statements import Statements, fetch

QUERIES = Statements(Path(__file__).with_name("feed_views.sql"))


async def _fetch(pool: asyncpg.Pool, name: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    async with pool.acquire() as connection:
        return [dict(row) for row in await fetch(connection, QUERIES[name], values)]


async def list_feeds(
    pool: asyncpg.Pool, *, source: str | None, after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    return await _fetch(pool, "list_feeds", {"source": source, "after": after, "limit": limit})


async def find_feed(pool: asyncpg.Pool, feed_id: UUID) -> dict[str, Any] | None:
    found = await _fetch(pool, "find_feed", {"feed_id": feed_id})
    return found[0] if found else None


async def sum_up_feed(pool: asyncpg.Pool, feed_id: UUID) -> list[ActionSum]:
    rows = await _fetch(pool, "sum_up_feed", {"feed_id": feed_id})
    return [ActionSum(**row) for row in rows]


async def count_findings(pool: asyncpg.Pool, feed_id: UUID) -> list[dict[str, Any]]:
    """Findings with their words, the most frequent first."""
    rows = await _fetch(pool, "count_findings", {"feed_id": feed_id})
    return [row | explain(row["code"])._asdict() for row in rows]


async def list_rows(
    pool: asyncpg.Pool, feed_id: UUID, *, after: int, outcome: str | None, limit: int
) -> list[dict[str, Any]]:
    values = {"feed_id": feed_id, "after": after, "outcome": outcome, "limit": limit}
    return await _fetch(pool, "list_rows", values)


async def find_state(pool: asyncpg.Pool, feed_id: UUID) -> str | None:
    found = await _fetch(pool, "find_feed_state", {"feed_id": feed_id})
    return found[0]["state"] if found else None


async def sum_up_revert(pool: asyncpg.Pool, feed_id: UUID) -> dict[str, Any]:
    """What reverting the feed would come to or, once it was asked for, what it did."""
    [row] = await _fetch(pool, "sum_up_revert", {"feed_id": feed_id})
    return row["summary"]


async def list_kept(
    pool: asyncpg.Pool, feed_id: UUID, *, after: int, limit: int
) -> list[dict[str, Any]]:
    values = {"feed_id": feed_id, "after": after, "limit": limit}
    return await _fetch(pool, "list_kept", values)
