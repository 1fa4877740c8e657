"""A person's word on rows that wait: look again, or reject them. And what has waited too long."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from contracts.events.records_settled import RecordSettled, SettledFinding
from contracts.findings import explain
from services.chassis import outbox
from services.chassis.clock import utc_now
from services.chassis.database import Connection, in_transaction
from services.ledger.books import books
from services.ledger.domain.announcements import announce_settlement
from services.ledger.domain.options import parse_options
from services.ledger.handlers.applying import BULK_LANE
from services.ledger.handlers.engine import Job, look_again
from services.ledger.handlers.feeding import LIVE_LANE
from services.ledger.handlers.summing import note_corrected_sums, note_sums
from services.ledger.repository import imports, plans, waiting
from services.ledger.repository.imports import ImportRecord
from services.ledger.repository.plans import Plan
from services.ledger.repository.waiting import Decision

# Held for a person's word, which a release gives; anything else is only looked at again.
NEEDS_A_WORD = ("balance_differs", "possible_duplicate")


async def release_rows(connection: Connection, import_id: UUID, rows: Sequence[int]) -> int:
    """Plan waiting rows anew and book what can be; how many were looked at."""
    found = await _lock_settled(connection, import_id)
    if found is None:
        return 0
    plan = await plans.find_plan(connection, found.plan_no or 0)
    still = await waiting.find_waiting(connection, found.import_no, plan.plan_no, rows)
    agreed = [item.row for item in still if item.reason in NEEDS_A_WORD]
    others = [item.row for item in still if item.reason not in NEEDS_A_WORD]
    for some, released in ((agreed, True), (others, False)):
        if some:
            await look_again_and_settle(connection, found, plan, some, released=released)
    return len(still)


async def look_again_and_settle(
    connection: Connection,
    found: ImportRecord,
    plan: Plan,
    rows: Sequence[int],
    *,
    released: bool = False,
) -> None:
    """Decide these rows by a later plan of their own, and say what came of it."""
    job = Job(found, books()[found.record_type or ""], parse_options(found.config))
    chunks = await look_again(connection, job, plan, sorted(rows), released=released)
    await note_sums(connection, found)
    await note_corrected_sums(connection, found)
    lane = LIVE_LANE if found.kind == "feed" else BULK_LANE
    for chunk_no in chunks:
        await outbox.put_expansion(connection, {"chunk_no": chunk_no}, lane=lane)
    await plans.close_chunks(connection, chunks, len(rows))


async def dismiss_rows(
    connection: Connection, import_id: UUID, rows: Sequence[int], *, actor: str
) -> int:
    """Reject waiting rows; how many there were. Upstream is told of its own."""
    found = await _lock_settled(connection, import_id)
    if found is None:
        return 0
    plan = await plans.find_plan(connection, found.plan_no or 0)
    still = await waiting.find_waiting(connection, found.import_no, plan.plan_no, rows)
    numbers = sorted(item.row for item in still)
    if numbers:
        decision = Decision("reject", "dismissed", actor)
        await waiting.decide(connection, found.import_no, numbers, decision)
        await note_sums(connection, found)
        if found.kind == "feed":
            await _tell_upstream(connection, found, numbers)
    return len(numbers)


async def hold_overdue(pool: asyncpg.Pool, seconds: float) -> bool:
    """What has been parked for longer waits for a person from now on; whether there was any."""

    async def work(connection: Connection) -> bool:
        overdue = await waiting.find_overdue(connection, seconds)
        for import_no, rows in overdue.items():
            found = await imports.lock_import(connection, import_no)
            if not _is_settled(found):
                continue
            plan = await plans.find_plan(connection, found.plan_no or 0)
            still = await waiting.find_waiting(connection, import_no, plan.plan_no, rows)
            parked = [item.row for item in still if item.action == "park"]
            decision = Decision("hold", "waited_too_long")
            await waiting.decide(connection, import_no, parked, decision)
            await note_sums(connection, found)
        return bool(overdue)

    return await in_transaction(pool, work)


async def _lock_settled(connection: Connection, import_id: UUID) -> ImportRecord | None:
    """Before completion nothing waits yet, and after a revert nothing any more."""
    known = await imports.ensure_import(connection, import_id)
    found = await imports.lock_import(connection, known.import_no)
    return found if _is_settled(found) else None


def _is_settled(found: ImportRecord) -> bool:
    settled = found.state == ("ready" if found.kind == "feed" else "completed")
    return settled and found.plan_no is not None and found.record_type in books()


async def _tell_upstream(connection: Connection, found: ImportRecord, rows: Sequence[int]) -> None:
    finding = SettledFinding(code="dismissed", sentence=explain("dismissed").sentence)
    messages = [
        announce_settlement(
            RecordSettled(
                ce_source=row["source"],
                ce_id=row["event_id"],
                record_type=found.record_type or "",
                reference=row["reference"],
                outcome="rejected",
                findings=[finding],
                record_id=None,
                feed_id=str(found.import_id),
            ),
            utc_now(),
        )
        for row in await waiting.list_submissions(connection, found.import_no, rows)
    ]
    await outbox.put(connection, messages, lane=LIVE_LANE)
