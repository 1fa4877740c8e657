"""Reading the published views `ledger_v1`, row by row in one snapshot, with flat memory."""

# asyncpg comes without complete types
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from contracts.record_type import RecordType
from prove.access import ProofImpossible

_ROWS_PER_FETCH = 5_000
_NAMED = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)


class BookRow(NamedTuple):
    """A row as the ledger has it; `bucket` is one of the seven words, amounts in minor units.

    `said_…` is the row's own judged text; `revert_action` what the revert plan says of it.
    """

    row: int
    rejected: bool
    bucket: str
    amount: int | None
    currency: str | None
    delta: int | None
    amount_unreadable: bool
    reason: str | None = None
    record_id: int | None = None
    reverted: str | None = None
    revert_action: str | None = None
    said_amount: str | None = None
    said_currency: str | None = None


class Posting(NamedTuple):
    """Entry 0 is the row's own, a later one reverses `reverses_entry`.

    `owner` is the account of the posted transaction, if it is one.
    """

    row: int
    kind: str
    minor: int
    currency: str
    entry: int = 0
    account_id: int | None = None
    reverses_entry: int | None = None
    owner: int | None = None


class Balances(NamedTuple):
    """The touched accounts of one currency; `first_…` name the first broken one."""

    currency: str
    accounts: int
    balance: int
    posted: int
    broken: int
    first_account: str | None
    first_row: int | None


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
        self, import_id: str, record_type: RecordType | None, *, reverted: bool
    ) -> AsyncIterator[BookRow]:
        amount = record_type.amount_field if record_type else None
        currency = record_type.currency_field if record_type else None
        places = [_place_of(record_type, name) for name in (amount, currency)]
        rows = self._connection.cursor(
            self._queries["rows"],
            import_id,
            amount or "",
            *places,
            reverted,
            prefetch=_ROWS_PER_FETCH,
        )
        async for row in rows:
            values = dict(row)
            rejected = values.pop("verdict") == "rejected"
            bucket = str(values.pop("bucket"))
            yield BookRow(rejected=rejected, bucket=_BUCKETS.get(bucket, bucket), **values)

    async def iterate_postings(self, import_id: str) -> AsyncIterator[Posting]:
        rows = self._connection.cursor(
            self._queries["postings"], import_id, prefetch=_ROWS_PER_FETCH
        )
        async for row in rows:
            yield Posting(*row)

    async def list_corrected_rows(self, import_id: str) -> list[int]:
        """Rows of which a later attempt counts."""
        found = await self._connection.fetch(self._queries["corrected_rows"], import_id)
        return [row["row"] for row in found]

    async def list_balances(self, import_id: str) -> list[Balances]:
        found = await self._connection.fetch(self._queries["balances"], import_id)
        return [Balances(*row) for row in found]

    async def count_not_withdrawn(self, import_id: str, record_type: str) -> tuple[int, int | None]:
        """Reversed rows whose record is not back where it was, and the first of them."""
        row = await self._connection.fetchrow(
            self._queries["not_withdrawn"], import_id, record_type
        )
        return row["rows"], row["first_row"]

    async def find_feed(self, feed_id: str) -> dict[str, Any] | None:
        row = await self._connection.fetchrow(self._queries["feed"], feed_id)
        return None if row is None else dict(row)

    async def list_submissions(self, feed_id: str) -> dict[int, str]:
        """Event ids by row."""
        found = await self._connection.fetch(self._queries["submissions"], feed_id)
        return {row["row"]: row["event_id"] for row in found}

    async def list_of_day(self, day: date) -> list[tuple[str, str]]:
        """Ids, and whether each is a `file`'s or a `feed`."""
        found = await self._connection.fetch(self._queries["of_day"], day)
        return [(str(row["import_id"]), row["kind"]) for row in found]


def _place_of(record_type: RecordType | None, field: str | None) -> int:
    """Where the field stands among the values, counted from 1; 0 is nowhere."""
    if record_type is None or field is None:
        return 0
    return record_type.field_names.index(field) + 1


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
