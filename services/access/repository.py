"""Where API keys are kept."""

from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from services.access.domain import KeyRecord, NewKey
from services.chassis.queries import load_queries

_QUERIES = load_queries(Path(__file__).with_name("queries.sql"))


def _record(row: Any) -> KeyRecord:
    values: dict[str, Any] = dict(row)
    values["scopes"] = tuple(values["scopes"])
    return KeyRecord(**values)


async def add_key(
    pool: asyncpg.Pool,
    key: NewKey,
    *,
    name: str,
    actor: str,
    scopes: tuple[str, ...],
    created_by: str,
    expires_at: datetime | None,
) -> KeyRecord:
    return _record(
        await pool.fetchrow(
            _QUERIES["add_key"],
            key.id,
            key.secret_sha256,
            name,
            actor,
            list(scopes),
            created_by,
            expires_at,
        )
    )


async def find_key(pool: asyncpg.Pool, key_id: str) -> KeyRecord | None:
    row = await pool.fetchrow(_QUERIES["find_key"], key_id)
    return _record(row) if row else None


async def list_keys(pool: asyncpg.Pool, *, after: str | None, limit: int) -> list[KeyRecord]:
    """Newest first."""
    return [_record(row) for row in await pool.fetch(_QUERIES["list_keys"], after, limit)]


async def revoke_key(pool: asyncpg.Pool, key_id: str, actor: str) -> bool:
    """False when there is no such key; a second time changes nothing."""
    return bool(await pool.fetchval(_QUERIES["revoke_key"], key_id, actor))


async def note_use(pool: asyncpg.Pool, key_id: str) -> None:
    """Remembers the day, not the moment: one write a day and key."""
    await pool.execute(_QUERIES["note_use"], key_id)
