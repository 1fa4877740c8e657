"""Reading the books through their published views."""

from pathlib import Path
from typing import Any

import asyncpg

from services.chassis.filtering import CompiledFilter, select_page
from services.ledger.statements import Statements, fetch

QUERIES = Statements(Path(__file__).with_name("records.sql"))


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


async def list_changes(pool: asyncpg.Pool, record_id: int) -> list[dict[str, Any]]:
    async with pool.acquire() as connection:
        rows = await fetch(connection, QUERIES["list_changes"], {"record_id": record_id})
    return [dict(row) for row in rows]


async def list_postings(
    pool: asyncpg.Pool, record_type: str, record_id: int
) -> list[dict[str, Any]]:
    """The newest thousand postings of an account, or those of a transaction."""
    name = "list_account_postings" if record_type == "accounts" else "list_record_postings"
    async with pool.acquire() as connection:
        rows = await fetch(connection, QUERIES[name], {"record_id": record_id})
    return [dict(row) for row in rows]
