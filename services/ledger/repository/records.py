"""Reading the books through their published views."""

from typing import Any

import asyncpg

from services.chassis.filtering import CompiledFilter, select_page


async def list_records(
    pool: asyncpg.Pool, view: str, filters: CompiledFilter, *, after: int, limit: int
) -> list[dict[str, Any]]:
    """A page of a record type's view in the order of ids; `view` is the name of a record type."""
    sql = select_page("ledger_v1", view, filters)
    async with pool.acquire() as connection:
        rows = await connection.fetch(sql, after, limit, *filters.arguments)
    return [dict(row) for row in rows]


async def find_record(pool: asyncpg.Pool, view: str, record_id: int) -> dict[str, Any] | None:
    sql = select_page("ledger_v1", view, CompiledFilter("true", ()), by_id=True)
    async with pool.acquire() as connection:
        row = await connection.fetchrow(sql, record_id)
    return dict(row) if row else None
