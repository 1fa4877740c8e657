"""Feeds: upstream submissions, grouped by source, day of first receipt and record type."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from services.chassis.database import Connection
from services.ledger.repository.imports import QUERIES
from services.ledger.repository.plans import Chunk
from services.ledger.statements import execute, fetch, fetch_row, fetch_value


class FeedKey(NamedTuple):
    source: str
    day: date
    record_type: str


class Feed(NamedTuple):
    import_no: int
    plan_no: int
    rows: int
    import_id: UUID


class KnownSubmission(NamedTuple):
    source: str
    event_id: str
    fingerprint: str
    reference: str | None
    import_id: UUID
    record_type: str


async def lock_feed(connection: Connection, key: FeedKey) -> Feed | None:
    """The feed, its rows locked against another batch; None when there is none yet.

    The key itself is locked until the transaction ends, so that only one batch creates it.
    """
    feed_key = f"{key.source}/{key.day}/{key.record_type}"
    await execute(connection, QUERIES["lock_feed_key"], {"feed_key": feed_key})
    found = await fetch_row(connection, QUERIES["find_feed"], key._asdict())
    return Feed(*found) if found else None


async def create_feed_import(connection: Connection, values: dict[str, Any]) -> int:
    return await fetch_value(connection, QUERIES["create_feed_import"], values)


async def create_feed(
    connection: Connection, key: FeedKey, *, import_no: int, plan_no: int
) -> None:
    values = {**key._asdict(), "import_no": import_no, "plan_no": plan_no}
    await execute(connection, QUERIES["create_feed"], values)
    await execute(connection, QUERIES["set_plan"], values)


async def grow_feed(connection: Connection, feed: Feed, added: int) -> None:
    values = {**feed._asdict(), "added": added}
    await execute(connection, QUERIES["grow_feed"], values)
    await execute(connection, QUERIES["grow_feed_plan"], values)


async def find_submissions(
    connection: Connection, identities: Sequence[tuple[str, str]]
) -> list[KnownSubmission]:
    values = {
        "sources": [source for source, _ in identities],
        "event_ids": [event_id for _, event_id in identities],
    }
    rows = await fetch(connection, QUERIES["find_submissions"], values)
    return [KnownSubmission(*row) for row in rows]


async def add_submissions(connection: Connection, values: dict[str, Any]) -> None:
    await execute(connection, QUERIES["add_submissions"], values)


async def list_settled(connection: Connection, chunk: Chunk) -> list[asyncpg.Record]:
    return await fetch(connection, QUERIES["list_settled"], chunk._asdict())
