"""Exports: asked for, claimed, finished, expired. Who renders one holds its lease."""

from dataclasses import fields
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from services.chassis.database import Connection
from services.chassis.queries import load_queries
from services.exporter.domain.exports import ExportRecord, Failure, Rendered

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))
_COLUMNS = tuple(field.name for field in fields(ExportRecord))


def _read(row: asyncpg.Record) -> ExportRecord:
    return ExportRecord(**{name: row[name] for name in _COLUMNS})


async def _find(
    connection: "Connection | asyncpg.Pool", query: str, *arguments: Any
) -> ExportRecord | None:
    row = await connection.fetchrow(QUERIES[query], *arguments)
    return None if row is None else _read(row)


async def lock_actor(connection: Connection, actor: str) -> None:
    await connection.execute(QUERIES["lock_actor"], actor)


async def count_open(connection: Connection, actor: str) -> int:
    return await connection.fetchval(QUERIES["count_open"], actor)


async def add_export(
    connection: Connection,
    *,
    export_id: UUID,
    query: dict[str, Any],
    actor: str,
    file_name: str,
    source: str | None,
    event_id: str | None,
) -> ExportRecord | None:
    """None when this event has asked before."""
    arguments = (export_id, query, actor, file_name, source, event_id)
    return await _find(connection, "add_export", *arguments)


async def find_export(
    connection: "Connection | asyncpg.Pool", export_id: UUID
) -> ExportRecord | None:
    return await _find(connection, "find_export", export_id)


async def list_exports(
    pool: asyncpg.Pool, *, after: UUID | None, state: str | None, dataset: str | None, limit: int
) -> list[ExportRecord]:
    """Newest first."""
    rows = await pool.fetch(QUERIES["list_exports"], after, state, dataset, limit)
    return [_read(row) for row in rows]


async def claim_export(pool: asyncpg.Pool, holder: UUID, *, seconds: float) -> ExportRecord | None:
    """The oldest export that nobody renders; one attempt more, for `holder`."""
    return await _find(pool, "claim_export", holder, seconds)


async def renew_lease(pool: asyncpg.Pool, export_id: UUID, holder: UUID, *, seconds: float) -> bool:
    """False when it is not the holder's any more: cancelled, or taken over."""
    return bool(await pool.fetchval(QUERIES["renew_lease"], export_id, holder, seconds))


async def release_export(
    pool: asyncpg.Pool, export_id: UUID, holder: UUID, *, seconds: float
) -> None:
    """Leave it to the next attempt, but not before so many seconds."""
    await pool.execute(QUERIES["release_export"], export_id, holder, seconds)


async def note_estimate(pool: asyncpg.Pool, export_id: UUID, holder: UUID, rows: int) -> None:
    await pool.execute(QUERIES["note_estimate"], export_id, holder, rows)


async def finish_export(
    connection: Connection, export_id: UUID, holder: UUID, rendered: Rendered, *, days: int
) -> ExportRecord | None:
    """The export as it is ready; None when it is not the holder's to finish."""
    facts = (rendered.rows, rendered.bytes, rendered.sha256, rendered.watermark, days)
    return await _find(connection, "finish_export", export_id, holder, *facts)


async def fail_export(
    connection: Connection, export_id: UUID, holder: UUID, failure: Failure
) -> ExportRecord | None:
    arguments = (export_id, holder, failure.as_json())
    return await _find(connection, "fail_export", *arguments)


async def cancel_export(pool: asyncpg.Pool, export_id: UUID) -> ExportRecord | None:
    """None when it is too late, or there is none."""
    return await _find(pool, "cancel_export", export_id)


async def expire_exports(pool: asyncpg.Pool) -> list[UUID]:
    return [row["id"] for row in await pool.fetch(QUERIES["expire_exports"])]


async def list_uncleared(pool: asyncpg.Pool) -> list[ExportRecord]:
    """Exports that are over, and whose objects have not been deleted."""
    return [_read(row) for row in await pool.fetch(QUERIES["list_uncleared"])]


async def note_cleared(pool: asyncpg.Pool, export_id: UUID) -> None:
    await pool.execute(QUERIES["note_cleared"], export_id)
