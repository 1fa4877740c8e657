"""A full revision becomes a plan: counts, amounts, findings and control totals, for the review."""

from typing import Any

import asyncpg

from contracts.api.imports import ImportOptions
from contracts.events.imports import ImportPlanned
from services.chassis import outbox
from services.chassis.clock import utc_now, uuid7
from services.chassis.crash_points import reach
from services.chassis.database import Connection, in_transaction
from services.ledger.books import books
from services.ledger.domain.announcements import announce_plan
from services.ledger.domain.options import parse_options
from services.ledger.domain.summary import (
    Counted,
    Summary,
    check_control_totals,
    expect_totals,
    list_findings,
    summarise,
)
from services.ledger.handlers.engine import MANY_ROWS, Job, plan_rows
from services.ledger.handlers.lifecycle import completes_itself
from services.ledger.repository import imports, plans, tuning
from services.ledger.repository.imports import ImportRecord, Revision
from services.ledger.repository.plans import Plan


async def plan_next(pool: asyncpg.Pool) -> bool:
    """Plan one full revision that has no plan of its newest options; false when there is none."""

    async def work(connection: Connection) -> bool:
        import_no = await imports.find_unplanned(connection)
        if import_no is None:
            return False
        await _plan_import(connection, await imports.lock_import(connection, import_no))
        reach("ledger.plan_before_commit")
        return True

    return await in_transaction(pool, work)


async def _plan_import(connection: Connection, found: ImportRecord) -> None:
    assert found.record_type is not None
    revision = await imports.newest_revision(connection, found.import_no)
    job = Job(found, books()[found.record_type], parse_options(found.config))
    if revision.staged > MANY_ROWS:
        await tuning.prepare_for_many_rows(connection)
    plan = await _create_plan(connection, found, revision)
    await plan_rows(connection, job, plan)
    control, summary = await _describe(connection, plan, job.options, revision.trailer)
    await imports.make_ready(connection, found.import_no, plan.plan_no)
    if completes_itself(found.config, control):
        await imports.begin_completion(connection, found.import_no, "automatic completion")
    elif control is not None and not control["matches"]:
        await imports.remark_import(connection, found.import_no, "control_totals_mismatch")
    await _announce(connection, found, plan, summary)


async def _create_plan(connection: Connection, found: ImportRecord, revision: Revision) -> Plan:
    plan_no = await plans.create_plan(
        connection,
        {
            "plan_id": uuid7(),
            "import_no": found.import_no,
            "revision": revision.revision,
            "config_version": found.config_version,
            "default_currency": revision.default_currency,
            "rows": revision.staged,
            "last_row": revision.staged,
        },
    )
    return await plans.find_plan(connection, plan_no)


async def _describe(
    connection: Connection,
    plan: Plan,
    options: ImportOptions,
    trailer: dict[str, Any] | None,
) -> tuple[dict[str, Any] | None, Summary]:
    summary = summarise(await plans.summarise_plan(connection, plan.plan_no))
    counted, warned = await plans.count_findings(connection, plan._asdict())
    expected = expect_totals(options.expected, trailer)
    control = check_control_totals(expected, summary)
    if not plan.rows:
        counted.append(Counted("empty_file", None, 0, None))
    values = {
        "plan_no": plan.plan_no,
        **summary.as_json(),
        "findings": list_findings(counted),
        "warnings": warned,
        "control": control,
    }
    await plans.describe_plan(connection, values)
    return control, summary


async def _announce(
    connection: Connection, found: ImportRecord, plan: Plan, summary: Summary
) -> None:
    event = ImportPlanned(
        import_id=found.import_id,
        record_type=found.record_type or "",
        plan_id=plan.plan_id,
        revision=plan.revision,
        counts=summary.counts,
    )
    await outbox.put(connection, [announce_plan(event, utc_now())])
