"""A completion is applied in ranges, each one transaction, and resumed wherever it was cut off."""

import asyncpg

from contracts.api.imports import BUCKETS
from contracts.events.imports import ImportCompleted
from services.chassis import outbox
from services.chassis.clock import utc_now
from services.chassis.crash_points import reach
from services.chassis.database import Connection, in_transaction
from services.ledger.books import books
from services.ledger.domain.announcements import announce_completion
from services.ledger.domain.options import parse_options
from services.ledger.domain.ranges import Range
from services.ledger.domain.summary import Summary, summarise
from services.ledger.handlers.engine import MANY_ROWS, Job, apply_range, prepare
from services.ledger.handlers.ranging import take_ranges, work_next
from services.ledger.handlers.summing import note_corrected_sums
from services.ledger.measures import ROWS
from services.ledger.repository import imports, plans, tuning
from services.ledger.repository.imports import ImportRecord
from services.ledger.repository.plans import Plan

BULK_LANE = "bulk"


async def apply_next(pool: asyncpg.Pool, *, parallel: int) -> bool:
    """Apply one import that is completing and that no other process applies; false if none is."""
    return await work_next(
        pool,
        imports.find_completing,
        lambda import_no: _apply_import(pool, import_no, parallel=parallel),
    )


async def _apply_import(pool: asyncpg.Pool, import_no: int, *, parallel: int) -> None:
    found, plan, job = await in_transaction(pool, lambda one: _open(one, import_no))
    if found.state != "completing":
        return
    for phase in range(1, plan.last_phase + 1):
        await take_ranges(
            pool,
            plan,
            phase,
            work=lambda part: apply_one_range(pool, job, plan, part),
            parallel=parallel,
        )
    summary = await in_transaction(pool, lambda one: _finish(one, import_no))
    if summary is not None:
        for bucket in BUCKETS:
            ROWS.labels(found.record_type, bucket).inc(summary.counts[bucket])


async def _open(connection: Connection, import_no: int) -> tuple[ImportRecord, Plan, Job]:
    found = await imports.lock_import(connection, import_no)
    assert found.plan_no is not None
    assert found.record_type is not None
    plan = await plans.find_plan(connection, found.plan_no)
    job = Job(found, books()[found.record_type], parse_options(found.config))
    if found.state == "completing":
        if plan.rows > MANY_ROWS:
            await tuning.prepare_for_many_rows(connection)
            await tuning.analyze_plan(connection)
        await prepare(connection, job, plan)
    return found, plan, job


async def apply_one_range(pool: asyncpg.Pool, job: Job, plan: Plan, part: Range) -> None:
    """One range, one transaction. A record that someone else created meanwhile rolls it back,
    and it is done again looking for such records."""
    try:
        await _apply_in_transaction(pool, job, plan, part, careful=False)
    except asyncpg.UniqueViolationError:
        await _apply_in_transaction(pool, job, plan, part, careful=True)


async def _apply_in_transaction(
    pool: asyncpg.Pool, job: Job, plan: Plan, part: Range, *, careful: bool
) -> None:
    async def work(connection: Connection) -> None:
        if plan.rows > MANY_ROWS:
            await tuning.prepare_for_applying(connection)
        chunk_no = await apply_range(connection, job, plan, part, careful=careful)
        if chunk_no is not None:
            await outbox.put_expansion(connection, {"chunk_no": chunk_no}, lane=BULK_LANE)
            rows = min(part.last_row, plan.last_row) - part.first_row + 1
            await plans.close_chunks(connection, [chunk_no], rows)
        reach("ledger.chunk_before_commit")

    await in_transaction(pool, work)
    reach("ledger.chunk_after_commit")


async def _finish(connection: Connection, import_no: int) -> Summary | None:
    found = await imports.lock_import(connection, import_no)
    if found.state != "completing":
        return None
    assert found.plan_no is not None
    plan = await plans.find_plan(connection, found.plan_no)
    summary = await _sum_up(connection, found, plan)
    await imports.complete_import(connection, import_no, summary.as_json())
    await note_corrected_sums(connection, found)
    event = ImportCompleted(
        import_id=found.import_id,
        record_type=found.record_type or "",
        plan_id=plan.plan_id,
        counts=summary.counts,
        amounts=summary.amounts,
        watermark=await plans.greatest_watermark(connection, plan.plan_no),
    )
    await outbox.put(connection, [announce_completion(event, utc_now())])
    reach("ledger.finish_before_commit")
    return summary


async def _sum_up(connection: Connection, found: ImportRecord, plan: Plan) -> Summary:
    if not await plans.has_outcomes(connection, found.import_no):
        return Summary(counts=plan.counts, amounts=plan.amounts)
    return summarise(await plans.summarise_import(connection, found.import_no, plan.plan_no))
