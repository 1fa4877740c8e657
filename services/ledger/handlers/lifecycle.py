"""What ingest says of an import, in the order of its key: opened, read, options, complete,
cancel; and later of its rows, or all of it: release, dismiss, revert.
"""

from datetime import datetime
from typing import Any

import asyncpg

from contracts.events.import_lifecycle import (
    AnyStep,
    CancellationRequested,
    CompletionRequested,
    ImportOpened,
    OptionsChanged,
    RevertRequested,
    RevisionRead,
    RowsCorrected,
    RowsDismissed,
    RowsReleased,
)
from services.chassis.database import Connection, in_transaction
from services.ledger.domain.options import parse_options
from services.ledger.domain.summary import completion_blocked
from services.ledger.handlers.deciding import dismiss_rows, release_rows
from services.ledger.handlers.reverting import begin_revert
from services.ledger.repository import corrections, imports, plans
from services.ledger.repository.imports import Opening


async def follow(pool: asyncpg.Pool, event: AnyStep) -> None:
    """Take one step in the life of an import; a repeated or late step changes nothing."""

    async def work(connection: Connection) -> None:
        await imports.ensure_import(connection, event.import_id)
        match event:
            case ImportOpened():
                await imports.open_import(connection, _opening(event))
            case RevisionRead():
                await _note_read(connection, event)
            case OptionsChanged():
                await imports.change_options(
                    connection, event.import_id, event.config, event.config_version
                )
            case CompletionRequested():
                await _begin_completion(connection, event)
            case CancellationRequested():
                await imports.cancel_import(connection, event.import_id)
            case RowsCorrected():
                await _expect_attempts(connection, event)
            case RowsReleased():
                await release_rows(connection, event.import_id, event.rows)
            case RowsDismissed():
                await dismiss_rows(connection, event.import_id, event.rows, actor=event.actor)
            case RevertRequested():
                await begin_revert(connection, event.import_id, event.actor)

    await in_transaction(pool, work)


def _opening(event: ImportOpened) -> Opening:
    return Opening(
        import_id=event.import_id,
        record_type=event.record_type,
        config=event.config,
        file_sha256=event.file.sha256,
        actor=event.actor,
        corrects=event.corrects,
        opened_at=datetime.fromisoformat(event.opened_at),
    )


async def _note_read(connection: Connection, event: RevisionRead) -> None:
    found = await imports.ensure_import(connection, event.import_id)
    await imports.ensure_revision(connection, found.import_no, event.revision)
    await imports.note_revision_read(
        connection,
        found.import_no,
        event.revision,
        expected=event.rows,
        default_currency=event.default_currency,
        trailer=event.trailer,
    )


async def _expect_attempts(connection: Connection, event: RowsCorrected) -> None:
    found = await imports.ensure_import(connection, event.import_id)
    await imports.ensure_revision(connection, found.import_no, event.revision)
    await corrections.expect_attempts(
        connection,
        found.import_no,
        event.revision,
        event.attempts,
        config_version=event.config_version,
    )


async def _begin_completion(connection: Connection, event: CompletionRequested) -> None:
    found = await imports.ensure_import(connection, event.import_id)
    found = await imports.lock_import(connection, found.import_no)
    if found.state != "ready" or found.plan_no is None:
        return
    plan = await plans.find_plan(connection, found.plan_no)
    overridden = _is_overridden(found.config)
    if plan.plan_id != event.plan_id or plan.config_version != found.config_version:
        await imports.remark_import(connection, found.import_no, "plan_superseded")
    elif completion_blocked(plan.control, overridden=overridden):
        await imports.remark_import(connection, found.import_no, "control_totals_mismatch")
    else:
        await imports.begin_completion(connection, found.import_no, event.actor)


def _is_overridden(config: dict[str, Any]) -> bool:
    return bool(config.get("control_override"))


def completes_itself(config: dict[str, Any], control: dict[str, Any] | None) -> bool:
    """Whether a plan that has just been made goes on to be applied without being asked for."""
    if parse_options(config).complete != "automatic":
        return False
    return not completion_blocked(control, overridden=_is_overridden(config))
