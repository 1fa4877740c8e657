"""The one engine that plans and applies rows, for files and feeds alike. Callers own the
transaction.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from contracts.api.imports import ImportOptions
from contracts.records import record_types
from services.chassis.clock import uuid7
from services.chassis.database import Connection
from services.ledger.books import Book
from services.ledger.domain.options import plan_parameters
from services.ledger.domain.ranges import Range
from services.ledger.repository import corrections, imports, plans, tuning
from services.ledger.repository.imports import ImportRecord
from services.ledger.repository.plans import Plan
from services.ledger.statements import execute, fetch, fetch_value

# From here on joins are told to hash: PostgreSQL, which knows nothing yet of rows just staged,
# would loop over them, in time that grows with their square (12,000 rows: 35 s).
MANY_ROWS = 500


class Job(NamedTuple):
    """What is planned or applied: an import, its book and its options."""

    import_record: ImportRecord
    book: Book
    options: ImportOptions


async def plan_rows(
    connection: Connection,
    job: Job,
    plan: Plan,
    *,
    only_rows: Sequence[int] | None = None,
    released: bool = False,
) -> None:
    """Run the book's plan over the rows of `plan`, or over some of them.

    `released` rows are those that a person let pass: what would hold them does not.
    """
    values = {
        **plan_parameters(job.options, record_types()[job.book.record_type]),
        "plan_no": plan.plan_no,
        "import_no": plan.import_no,
        "revision": plan.revision,
        "first_row": plan.first_row,
        "last_row": plan.last_row,
        "only_rows": None if only_rows is None else list(only_rows),
        "default_currency": plan.default_currency,
        "file_sha256": job.import_record.file_sha256,
        "released": released,
        "corrected": await imports.is_corrected(connection, plan.import_no, plan.revision),
    }
    if released:
        values["balance_difference"] = "adjust"
    for statement in job.book.plan:
        await execute(connection, statement, values)
    if job.import_record.corrects is not None:
        values["corrects"] = job.import_record.corrects
        await corrections.reject_corrected(connection, values)


async def prepare(connection: Connection, job: Job, plan: Plan) -> None:
    """Create the agents that the plan names, before any range is applied; may be run again."""
    apply = job.book.apply
    if "prepare" not in apply or job.options.unknown_agent != "create":
        return
    values = {
        **_range_values(plan, Range(1, plan.first_row, plan.last_row)),
        "unknown_agent": job.options.unknown_agent,
    }
    if await fetch_value(connection, apply["find_missing_agents"], values):
        await execute(connection, apply["prepare"], values)


async def apply_range(
    connection: Connection, job: Job, plan: Plan, part: Range, *, careful: bool
) -> int | None:
    """Apply one range: records, postings and balances. None when it was applied before.

    `careful` also looks for records that someone else has created since the plan: it is asked
    for after a unique violation has rolled the range back.
    """
    chunk_no = await plans.open_chunk(connection, plan.plan_no, part)
    if chunk_no is None:
        return None
    values = {**_range_values(plan, part), "chunk_no": chunk_no}
    moved = await _find_moved(connection, job, values, careful=careful)
    await _apply_steps(connection, job, values)
    if moved:
        await _settle_moved(connection, job, plan, part, moved=moved, chunk_no=chunk_no)
    return chunk_no


def _range_values(plan: Plan, part: Range) -> dict[str, Any]:
    return {
        "plan_no": plan.plan_no,
        "import_no": plan.import_no,
        "revision": plan.revision,
        **part._asdict(),
    }


async def _find_moved(
    connection: Connection, job: Job, values: dict[str, Any], *, careful: bool
) -> list[int]:
    book = job.book
    moved = await _find_corrected(connection, job, values)
    actions = await plans.list_actions(connection, values)
    for name in ("lock", "find_moved", *(["find_taken"] if careful else [])):
        if name in book.apply and book.apply[name].when in actions:
            rows = await fetch(connection, book.apply[name], values)
            if name != "lock":
                moved |= {row["row"] for row in rows}
    if moved:
        await plans.hold_moved(connection, values["import_no"], sorted(moved))
    return sorted(moved)


async def _find_corrected(connection: Connection, job: Job, values: dict[str, Any]) -> set[int]:
    """Rows whose correction has been overtaken. The import that they correct stays locked, so that
    none of its rows is released, nor corrected by another import, until the transaction ends.
    """
    corrects = job.import_record.corrects
    if corrects is None:
        return set()
    corrected = await imports.find_import(connection, corrects)
    if corrected is not None:
        await imports.lock_import(connection, corrected.import_no)
    return await corrections.find_corrected(connection, {**values, "corrects": corrects})


async def _apply_steps(connection: Connection, job: Job, values: dict[str, Any]) -> None:
    book = job.book
    actions = await plans.list_actions(connection, values)
    for name in ("create", "remember", "update"):
        if name in book.apply and book.apply[name].when in actions:
            await execute(connection, book.apply[name], values)
    if actions & {"create", "update"}:
        await plans.post_range(connection, values)
    if job.import_record.corrects is not None:
        corrected = {**values, "corrects": job.import_record.corrects}
        await corrections.record_corrections(connection, corrected)


async def _settle_moved(
    connection: Connection,
    job: Job,
    plan: Plan,
    part: Range,
    *,
    moved: list[int],
    chunk_no: int,
) -> None:
    """Reviewed imports hold what moved; automatic ones plan it again, here and now."""
    if job.options.complete == "manual":
        return
    new_plan = await _plan_again(connection, job, plan, part, rows=moved)
    for phase in (1, 2):
        again = Range(phase, part.first_row, part.last_row)
        values = {**_range_values(new_plan, again), "chunk_no": chunk_no}
        await _apply_steps(connection, job, values)


async def look_again(
    connection: Connection,
    job: Job,
    plan: Plan,
    rows: Sequence[int],
    *,
    released: bool = False,
) -> list[int]:
    """Plan these rows of an applied plan anew and apply what can be; the new chunks' numbers."""
    await plans.hold_moved(connection, plan.import_no, list(rows))
    part = Range(1, min(rows), max(rows))
    new_plan = await _plan_again(connection, job, plan, part, rows=rows, released=released)
    chunks: list[int] = []
    for phase in (1, 2):
        again = Range(phase, part.first_row, part.last_row)
        chunk_no = await plans.open_chunk(connection, new_plan.plan_no, again)
        assert chunk_no is not None
        values = {**_range_values(new_plan, again), "chunk_no": chunk_no}
        await _apply_steps(connection, job, values)
        chunks.append(chunk_no)
    return chunks


async def _plan_again(
    connection: Connection,
    job: Job,
    plan: Plan,
    part: Range,
    *,
    rows: Sequence[int],
    released: bool = False,
) -> Plan:
    """A later plan for some rows, which decides them from now on."""
    if len(rows) > MANY_ROWS:
        await tuning.prepare_for_planning_again(connection)
    plan_no = await plans.create_plan(
        connection,
        {
            "plan_id": uuid7(),
            "import_no": plan.import_no,
            "revision": plan.revision,
            "config_version": plan.config_version,
            "default_currency": plan.default_currency,
            "rows": len(rows),
            "last_row": part.last_row,
        },
    )
    new_plan = (await plans.find_plan(connection, plan_no))._replace(first_row=part.first_row)
    await plan_rows(connection, job, new_plan, only_rows=rows, released=released)
    await plans.replace_held(connection, plan.import_no, new_plan.plan_no)
    await prepare(connection, job, new_plan)
    return new_plan
