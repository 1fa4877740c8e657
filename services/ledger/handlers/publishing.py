"""One outbox entry per applied chunk becomes its events, read from what never changes again."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from services.chassis.database import Connection
from services.chassis.outbox import OutboundMessage
from services.ledger.books import books
from services.ledger.domain.announcements import ChangeAnnouncer, announce_settlement, settle
from services.ledger.domain.ranges import REVERT_PHASE, cut
from services.ledger.measures import ROWS
from services.ledger.repository import feeds, plans
from services.ledger.repository.plans import Chunk
from services.ledger.statements import fetch

MESSAGES_PER_STEP = 4_000


async def expand(
    connection: Connection, entry: dict[str, Any]
) -> AsyncIterator[Sequence[OutboundMessage]]:
    """The messages of one chunk: a change per applied row and, in a feed, each row's answer."""
    chunk = await plans.find_chunk(connection, entry["chunk_no"])
    if chunk.phase == REVERT_PHASE:
        async for messages in _undone(connection, chunk):
            yield messages
    elif chunk.record_type in books():
        async for messages in _all_changes(connection, chunk):
            yield messages
    if chunk.kind == "feed" and chunk.phase == 1:
        yield await _settlements(connection, chunk)


async def _undone(connection: Connection, chunk: Chunk) -> AsyncIterator[Sequence[OutboundMessage]]:
    announcer = _open_announcer(chunk, suffix="/reverted")
    undone = books()[chunk.record_type].changes["undone"]
    for part in cut(chunk.first_row, chunk.last_row, chunk.phase, MESSAGES_PER_STEP):
        rows = await fetch(connection, undone, {**chunk._asdict(), **part._asdict()})
        yield [announcer.announce(**row) for row in rows]


def _open_announcer(chunk: Chunk, *, suffix: str = "") -> ChangeAnnouncer:
    return ChangeAnnouncer(
        import_id=chunk.import_id,
        record_type=chunk.record_type,
        watermark=chunk.watermark,
        applied_at=chunk.applied_at,
        suffix=suffix,
    )


async def _all_changes(
    connection: Connection, chunk: Chunk
) -> AsyncIterator[Sequence[OutboundMessage]]:
    later = await plans.list_later_plans(connection, chunk)
    for plan_no in dict.fromkeys([chunk.plan_no, *later]):
        async for messages in _changes(connection, chunk, plan_no):
            yield messages


async def _changes(
    connection: Connection, chunk: Chunk, plan_no: int
) -> AsyncIterator[Sequence[OutboundMessage]]:
    announcer = _open_announcer(chunk)
    changes = books()[chunk.record_type].changes["changes"]
    phases = [chunk.phase] if plan_no == chunk.plan_no else [1, 2]
    for phase in phases:
        for part in cut(chunk.first_row, chunk.last_row, phase, MESSAGES_PER_STEP):
            values = {**chunk._asdict(), "plan_no": plan_no, **part._asdict()}
            rows = await fetch(connection, changes, values)
            yield [announcer.announce(**row) for row in rows]


async def _settlements(connection: Connection, chunk: Chunk) -> Sequence[OutboundMessage]:
    messages: list[OutboundMessage] = []
    for row in await feeds.list_settled(connection, chunk):
        settled = settle(
            dict(row),
            record_type=chunk.record_type,
            feed_id=chunk.import_id,
            record_id=row["target"],
        )
        messages.append(announce_settlement(settled, chunk.applied_at))
        ROWS.labels(chunk.record_type, settled.outcome).inc()
    return messages
