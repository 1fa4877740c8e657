"""Reading the published views `ledger_v1`, row by row in one snapshot, with flat memory."""

# asyncpg comes without complete types
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from prove.access import ProofImpossible

_ROWS_PER_FETCH = 5_000
_NAMED = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)


class BookRow(NamedTuple):
    """A row as the ledger has it; `bucket` is one of the seven words, amounts in minor units."""

    row: int
    rejected: bool
    bucket: str
    amount: int | None
    currency: str | None
    delta: int | None
    amount_unreadable: bool


class Posting(NamedTuple):
    row: int
    kind: str
    minor: int
    currency: str


class Balances(NamedTuple):
    """How many accounts were touched, how many of them are broken, and one of these."""

    accounts: int
    broken: int
    example: str | None


_BUCKETS = {
    "create": "created",
    "update": "updated",
    "skip": "skipped",
    "reject": "rejected",
    "hold": "held",
    "park": "parked",
}


class Books:
    """One repeatable-read snapshot of the views."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        text = Path(__file__).with_name("queries.sql").read_text(encoding="utf-8")
        self._queries = dict(_NAMED.findall(text))

    async def iterate_rows(
        self, import_id: str, amount_field: str | None
    ) -> AsyncIterator[BookRow]:
        rows = self._connection.cursor(
            self._queries["rows"], import_id, amount_field or "", prefetch=_ROWS_PER_FETCH
        )
        async for row in rows:
            yield BookRow(
                row["row"],
                row["verdict"] == "rejected",
                _BUCKETS.get(row["bucket"]) or str(row["bucket"]),
                row["amount"],
                row["currency"],
                row["delta"],
                row["amount_unreadable"],
            )

    async def iterate_postings(self, import_id: str) -> AsyncIterator[Posting]:
        rows = self._connection.cursor(
            self._queries["postings"], import_id, prefetch=_ROWS_PER_FETCH
        )
        async for row in rows:
            yield Posting(*row)

    async def check_balances(self, import_id: str) -> Balances:
        found = await self._connection.fetchrow(self._queries["unbalanced"], import_id)
        return Balances(*found)


@asynccontextmanager
async def open_books(dsn: str | None) -> AsyncGenerator[Books]:
    """Raises ProofImpossible when there is no database to read."""
    if dsn is None:
        raise ProofImpossible(
            "The connection does not say where the views ledger_v1 can be read.",
            "Set LEDGERPORT_POSTGRES_DSN, or `postgres_dsn` in the connection file.",
        )
    try:
        connection = await asyncpg.connect(dsn)
    except (OSError, asyncpg.PostgresError) as error:
        raise ProofImpossible(f"The views cannot be read: {error}.") from None
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield Books(connection)
    finally:
        await connection.close()
