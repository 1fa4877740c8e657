"""An import is undone: what that would do, the command for it, and what it has done."""

from uuid import UUID

from contracts.api.decisions import KeptRow, RevertRequest, RevertView
from contracts.events.import_lifecycle import RevertRequested
from services.chassis.database import Connection, in_transaction
from services.ingest.domain.decisions import (
    KEPT_SHOWN,
    check_may_revert,
    present_kept,
    present_revert,
)
from services.ingest.domain.uploads import Import
from services.ingest.handlers.announcing import announce
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.finding import find_import
from services.ingest.repository import decisions


async def revert_import(
    facilities: Facilities, import_id: UUID, request: RevertRequest, actor: str
) -> RevertView:
    """Raises ImportMissing, and StepRefused unless it is completed; given once in effect."""
    if request.dry_run:
        return await view_revert(facilities, import_id)

    async def work(connection: Connection) -> RevertView:
        found = await find_import(connection, import_id, lock=True)
        if check_may_revert(found):
            await decisions.request_revert(connection, import_id, actor, request.reason)
            await announce(connection, RevertRequested(import_id=import_id, actor=actor))
        return await _view(connection, await find_import(connection, import_id))

    return await in_transaction(facilities.pool, work)


async def view_revert(facilities: Facilities, import_id: UUID) -> RevertView:
    """The plan of a completed import, or what was done. Raises ImportMissing and StepRefused."""
    async with facilities.pool.acquire() as connection:
        found = await find_import(connection, import_id)
        check_may_revert(found)
        return await _view(connection, found)


async def list_kept_rows(
    facilities: Facilities, import_id: UUID, after: int, limit: int
) -> list[KeptRow]:
    """The rows that stay as they are. Raises ImportMissing and StepRefused."""
    async with facilities.pool.acquire() as connection:
        check_may_revert(await find_import(connection, import_id))
        rows = await decisions.list_kept(connection, import_id, after, limit)
    return [present_kept(row) for row in rows]


async def _view(connection: Connection, found: Import) -> RevertView:
    import_id = found.upload.import_id
    kept = await decisions.list_kept(connection, import_id, 0, KEPT_SHOWN + 1)
    return present_revert(found, await decisions.sum_up_revert(connection, import_id), kept)
