"""A person's word on an import: complete it, or cancel it; given once, however often asked."""

from uuid import UUID

from contracts.api.imports import ImportView
from contracts.events.import_lifecycle import CancellationRequested, CompletionRequested
from services.chassis.database import Connection, in_transaction
from services.ingest.domain.states import check_may_cancel, check_may_complete
from services.ingest.handlers.announcing import announce
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.finding import find_import, view_import
from services.ingest.repository import uploads


async def complete_import(
    facilities: Facilities, import_id: UUID, plan_id: UUID, actor: str
) -> ImportView:
    """Raises ImportMissing, and StepRefused unless the plan is current and may be completed."""

    async def work(connection: Connection) -> ImportView:
        found = await find_import(connection, import_id, lock=True)
        if check_may_complete(found, plan_id):
            await uploads.request_completion(connection, import_id, plan_id, actor)
            await announce(
                connection,
                CompletionRequested(import_id=import_id, plan_id=plan_id, actor=actor),
            )
        return await view_import(connection, await find_import(connection, import_id))

    return await in_transaction(facilities.pool, work)


async def cancel_import(facilities: Facilities, import_id: UUID, actor: str) -> ImportView:
    """Raises ImportMissing, and StepRefused once it is completing."""

    async def work(connection: Connection) -> ImportView:
        found = await find_import(connection, import_id, lock=True)
        if check_may_cancel(found):
            await uploads.request_cancellation(connection, import_id, actor)
            await announce(connection, CancellationRequested(import_id=import_id, actor=actor))
        return await view_import(connection, await find_import(connection, import_id))

    return await in_transaction(facilities.pool, work)
