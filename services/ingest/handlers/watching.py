"""Snapshots of an import for those who listen to it, until nothing more can happen."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

from services.ingest.domain.snapshots import Snapshot, take_snapshot
from services.ingest.domain.states import is_final
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.finding import find_import

POLL_SECONDS: Final = 0.5


async def watch_import(
    facilities: Facilities, import_id: UUID, last_number: int | None
) -> AsyncIterator[Snapshot]:
    """A snapshot at first, unless it is the one with `last_number`, and one whenever it differs."""
    last: Snapshot | None = None
    while True:
        async with facilities.pool.acquire() as connection:
            snapshot = take_snapshot(await find_import(connection, import_id))
        known = last is None and snapshot.number == last_number
        if snapshot != last and not known:
            yield snapshot
        last = snapshot
        if is_final(snapshot.state):
            return
        await asyncio.sleep(POLL_SECONDS)
