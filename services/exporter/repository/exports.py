"""Exports: asked for, claimed, finished, expired."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from services.chassis.database import Connection
from services.chassis.queries import load_queries
from services.exporter.domain.exports import ExportRecord, Rendered

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))


def _record(row: Any) -> ExportRecord | None:
    return ExportRecord(**dict(row)) if row else None


async def add_export(
    connection: Connection,
    *,
    export_id: UUID,
    query: dict[str, Any],
    actor: str,
    file_name: str,
    asked_by_event: str | None = None,
) -> ExportRecord | None:
    """None when this event has asked before."""
    arguments = (export_id, query, actor, asked_by_event, file_name)
    return _record(await connection.fetchrow(QUERIES["add_export"], *arguments))


async def find_export(pool: asyncpg.Pool, export_id: UUID) -> ExportRecord | None:
    return _record(await pool.fetchrow(QUERIES["find_export"], export_id))


async def list_exports(pool: asyncpg.Pool, *, after: UUID | None, limit: int) -> list[ExportRecord]:
    """Newest first."""
    rows = await pool.fetch(QUERIES["list_exports"], after, limit)
    return [ExportRecord(**dict(row)) for row in rows]


async def count_open(connection: Connection, actor: str) -> int:
    return await connection.fetchval(QUERIES["count_open"], actor)


async def list_open(connection: Connection) -> list[UUID]:
    """Exports that wait, or whose renderer may have died; oldest first."""
    return [row["id"] for row in await connection.fetch(QUERIES["list_open"])]


async def begin_rendering(connection: Connection, export_id: UUID) -> ExportRecord | None:
    """Count an attempt; None when there is nothing to render any more."""
    return _record(await connection.fetchrow(QUERIES["begin_rendering"], export_id))


async def try_lock_rendering(connection: Connection, export_id: UUID) -> bool:
    """The session's lock on one export; it goes with the process."""
    return await connection.fetchval(QUERIES["try_lock_rendering"], str(export_id))


async def unlock_rendering(connection: Connection, export_id: UUID) -> None:
    await connection.execute(QUERIES["unlock_rendering"], str(export_id))


async def finish_export(
    connection: Connection, export_id: UUID, rendered: Rendered, *, days: int, attempt: int
) -> datetime | None:
    """When it expires; None when it is not this attempt's to finish any more."""
    arguments = (
        export_id,
        rendered.rows,
        rendered.bytes,
        rendered.sha256,
        rendered.watermark,
        days,
        attempt,
    )
    return await connection.fetchval(QUERIES["finish_export"], *arguments)


async def fail_export(connection: Connection, export_id: UUID, failure: dict[str, str]) -> bool:
    return bool(await connection.fetchval(QUERIES["fail_export"], export_id, failure))


async def cancel_export(pool: asyncpg.Pool, export_id: UUID) -> bool:
    return bool(await pool.fetchval(QUERIES["cancel_export"], export_id))


async def list_expired(pool: asyncpg.Pool) -> list[tuple[UUID, int]]:
    rows = await pool.fetch(QUERIES["list_expired"])
    return [(row["id"], row["attempts"]) for row in rows]


async def list_exhausted(pool: asyncpg.Pool) -> list[ExportRecord]:
    """Exports whose every attempt died."""
    rows = await pool.fetch(QUERIES["list_exhausted"])
    return [ExportRecord(**dict(row)) for row in rows]


async def expire_export(pool: asyncpg.Pool, export_id: UUID) -> None:
    await pool.execute(QUERIES["expire_export"], export_id)
