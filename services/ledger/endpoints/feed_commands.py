"""A feed is reverted like an import. Its rows are decided with those of imports, by ingest."""

from uuid import UUID

import asyncpg
from fastapi import APIRouter, Response

from contracts.api.decisions import RevertRequest, RevertView
from services.chassis.database import in_transaction
from services.chassis.identity import Principal, requires
from services.chassis.web import Problem
from services.ledger.domain.presentation import present_revert
from services.ledger.handlers.reverting import begin_revert
from services.ledger.repository import feed_views

KEPT_SHOWN = 100


def add_feed_command_routes(router: APIRouter, pool: asyncpg.Pool) -> None:
    """It can be asked again without harm."""

    @router.post("/feeds/{feed_id}/revert", tags=["feeds"], response_model=RevertView)
    async def revert_feed(
        feed_id: UUID,
        request: RevertRequest,
        response: Response,
        caller: Principal = requires("imports:write"),
    ) -> RevertView:
        await _find_state(feed_id)
        if not request.dry_run:
            response.status_code = 202
            await in_transaction(pool, lambda one: begin_revert(one, feed_id, caller.actor))
        kept = await feed_views.list_kept(pool, feed_id, after=0, limit=KEPT_SHOWN + 1)
        sums = await feed_views.sum_up_revert(pool, feed_id)
        return present_revert(feed_id, await _find_state(feed_id), sums, kept, shown=KEPT_SHOWN)

    async def _find_state(feed_id: UUID) -> str:
        state = await feed_views.find_state(pool, feed_id)
        if state is None:
            raise Problem(404, "not_found", "There is no such feed.")
        return state
