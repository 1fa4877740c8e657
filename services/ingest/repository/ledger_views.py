"""What the ledger publishes of imports; a ledger that is not there yet has simply said nothing."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

import asyncpg

from contracts.api.imports import BUCKETS
from services.chassis.database import Connection
from services.ingest.domain.uploads import LedgerFacts
from services.ingest.repository import QUERIES

NOT_THERE = (
    asyncpg.UndefinedTableError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.InsufficientPrivilegeError,
)
_ACTIONS = ("create", "update", "unchanged", "skip", "reject", "hold", "park")
_BUCKET_OF_ACTION = dict(zip(_ACTIONS, BUCKETS, strict=True))


async def find_facts(connection: Connection, import_ids: Sequence[UUID]) -> dict[UUID, LedgerFacts]:
    """In a transaction of its own (a savepoint in a running one), as the views may be missing."""
    try:
        async with connection.transaction():
            rows = await connection.fetch(QUERIES["find_ledger_facts"], import_ids)
    except NOT_THERE:
        return {}
    names = [field.name for field in fields(LedgerFacts)]
    return {row["import_id"]: LedgerFacts(**{name: row[name] for name in names}) for row in rows}


async def list_rows(
    connection: Connection,
    import_id: UUID,
    *,
    after: int,
    outcome: str | None,
    finding: str | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Rows in the order of their numbers; `outcome` is a bucket, planned until there is one."""
    rows = await connection.fetch(
        QUERIES["list_rows"], import_id, after, outcome, finding, _BUCKET_OF_ACTION, limit
    )
    return [dict(row) for row in rows]
