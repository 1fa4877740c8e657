"""The reading of uploads: who does it, how far it has come, and where its blocks of rows start."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.chassis.database import Connection
from services.ingest.domain.uploads import OwnState
from services.ingest.repository import QUERIES


class Place(NamedTuple):
    """A row that starts a block, its byte in the plain file, and its line."""

    row: int
    byte: int
    line: int


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to read one revision; it is lost when it is not renewed in time."""

    import_id: UUID
    revision: int
    holder: UUID
    lasts: timedelta


async def claim_reading(pool: asyncpg.Pool, holder: UUID, lasts: timedelta) -> UUID | None:
    """The oldest upload that waits to be read and that nobody reads."""
    return await pool.fetchval(QUERIES["claim_reading"], holder, lasts)


async def record_progress(
    connection: Connection, lease: Lease, rows_read: int, places: Sequence[Place]
) -> bool:
    """Whether the lease still holds: it does not when the revision is over, cancelled or taken."""
    held = await connection.fetchval(
        QUERIES["record_progress"],
        lease.import_id,
        lease.revision,
        lease.holder,
        rows_read,
        lease.lasts,
    )
    if held and places:
        await _add_places(connection, lease, places)
    return bool(held)


async def end_reading(
    connection: Connection,
    lease: Lease,
    *,
    state: OwnState,
    rows_read: int,
    failure: dict[str, str] | None = None,
) -> bool:
    """Whether it was this lease's to end."""
    ended = await connection.fetchval(
        QUERIES["end_reading"],
        lease.import_id,
        lease.revision,
        lease.holder,
        state,
        rows_read,
        failure,
    )
    if ended and state == "read":
        await connection.execute(QUERIES["note_rows"], lease.import_id, lease.revision, rows_read)
    return bool(ended)


async def put_off_reading(pool: asyncpg.Pool, lease: Lease, delay: timedelta) -> None:
    """Give the lease back; nobody takes it up before the delay is over."""
    await pool.execute(QUERIES["put_off_reading"], lease.import_id, lease.holder, delay)


async def count_waiting(pool: asyncpg.Pool) -> int:
    return await pool.fetchval(QUERIES["count_waiting"])


async def find_places(
    connection: Connection, import_id: UUID, revision: int, rows: Sequence[int]
) -> list[Place]:
    """The starts of the blocks that hold these rows, in order."""
    found = await connection.fetch(QUERIES["find_positions"], import_id, revision, rows)
    return [Place(*row) for row in found]


async def _add_places(connection: Connection, lease: Lease, places: Sequence[Place]) -> None:
    await connection.execute(
        QUERIES["add_positions"],
        lease.import_id,
        lease.revision,
        [place.row for place in places],
        [place.byte for place in places],
        [place.line for place in places],
    )
