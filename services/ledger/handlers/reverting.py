"""An import is undone by compensation: in ranges, each one transaction, resumed wherever it was cut
off. No posting is ever changed.
"""

from uuid import UUID

import asyncpg

from contracts.events.imports import ImportReverted
from services.chassis import outbox
from services.chassis.clock import utc_now
from services.chassis.crash_points import reach
from services.chassis.database import Connection, in_transaction
from services.ledger.books import Book, books
from services.ledger.domain.announcements import announce_revert
from services.ledger.domain.ranges import REVERT_PHASE, Range
from services.ledger.domain.summary import summarise
from services.ledger.handlers.applying import BULK_LANE
from services.ledger.handlers.engine import MANY_ROWS
from services.ledger.handlers.ranging import take_ranges, work_next
from services.ledger.repository import imports, plans, reverts, tuning
from services.ledger.repository.imports import ImportRecord
from services.ledger.repository.plans import Plan
from services.ledger.repository.reverts import RevertRange


async def begin_revert(connection: Connection, import_id: UUID, actor: str) -> bool:
    """Whether it was begun now: only what is completed, or a feed that is not closed, can be."""
    known = await imports.ensure_import(connection, import_id)
    if known.kind == "feed":
        await reverts.lock_feed(connection, known.import_no)
    found = await imports.lock_import(connection, known.import_no)
    if not _can_revert(found) or found.plan_no is None:
        return False
    await reverts.begin_revert(connection, found.import_no, found.plan_no, actor)
    return True


def _can_revert(found: ImportRecord) -> bool:
    if found.record_type not in books():
        return False
    return found.state == ("ready" if found.kind == "feed" else "completed")


async def revert_next(pool: asyncpg.Pool, *, parallel: int) -> bool:
    """Undo one import that no other process undoes; false if there is none."""
    return await work_next(
        pool,
        reverts.find_reverting,
        lambda import_no: _revert_import(pool, import_no, parallel=parallel),
    )


async def _revert_import(pool: asyncpg.Pool, import_no: int, *, parallel: int) -> None:
    found, plan = await in_transaction(pool, lambda one: _open(one, import_no))
    if found.state != "reverting":
        return
    book = books()[found.record_type or ""]
    await take_ranges(
        pool,
        plan,
        REVERT_PHASE,
        work=lambda part: _undo_range(pool, book, plan, part),
        parallel=parallel,
    )
    await in_transaction(pool, lambda one: _finish(one, import_no))


async def _open(connection: Connection, import_no: int) -> tuple[ImportRecord, Plan]:
    found = await imports.lock_import(connection, import_no)
    assert found.plan_no is not None
    return found, await plans.find_plan(connection, found.plan_no)


async def _undo_range(pool: asyncpg.Pool, book: Book, plan: Plan, part: Range) -> None:
    async def work(connection: Connection) -> None:
        chunk_no = await plans.open_chunk(connection, plan.plan_no, part)
        if chunk_no is None:
            return
        if part.last_row - part.first_row >= MANY_ROWS:
            await tuning.prepare_for_undoing(connection)
        undone = RevertRange(plan.import_no, part.first_row, part.last_row, chunk_no)
        await reverts.undo_range(connection, book, undone)
        await outbox.put_expansion(connection, {"chunk_no": chunk_no}, lane=BULK_LANE)
        await plans.close_chunks(connection, [chunk_no], part.last_row - part.first_row + 1)
        reach("ledger.revert_before_commit")

    await in_transaction(pool, work)
    reach("ledger.revert_after_commit")


async def _finish(connection: Connection, import_no: int) -> None:
    found = await imports.lock_import(connection, import_no)
    if found.state != "reverting":
        return
    assert found.plan_no is not None
    outcome = await reverts.sum_up(connection, found.import_id)
    summary = summarise(await plans.summarise_import(connection, import_no, found.plan_no))
    await reverts.end_revert(connection, import_no, outcome=outcome, summary=summary.as_json())
    event = ImportReverted(
        import_id=found.import_id,
        record_type=found.record_type or "",
        counts=outcome["counts"],
        amounts=outcome["amounts"],
        watermark=await reverts.greatest_watermark(connection, found.plan_no),
    )
    await outbox.put(connection, [announce_revert(event, utc_now())])
    reach("ledger.revert_finish_before_commit")
