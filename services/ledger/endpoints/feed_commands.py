"""What people decide on feeds: revert one, or release and dismiss rows of it that wait."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Path, Response

from contracts.api.decisions import DismissRequest, RevertRequest, RevertView
from services.chassis.database import Connection, in_transaction
from services.chassis.identity import Principal, requires
from services.chassis.web import Problem
from services.ledger.domain.presentation import present_revert
from services.ledger.domain.reverts import sum_up_revert
from services.ledger.handlers.deciding import dismiss_rows, release_rows
from services.ledger.handlers.reverting import begin_revert
from services.ledger.repository import feed_views

RowNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]
WRITE = requires("imports:write")
KEPT_SHOWN = 100
WAY_ON = "Only rows that are held or parked can be released or dismissed."


def add_feed_command_routes(router: APIRouter, pool: asyncpg.Pool) -> None:
    """The ledger does what is asked; it can be asked again without harm."""

    @router.post("/feeds/{feed_id}/revert", tags=["feeds"], response_model=RevertView)
    async def revert_feed(
        feed_id: UUID, request: RevertRequest, response: Response, caller: Principal = WRITE
    ) -> RevertView:
        await _find_state(feed_id)
        if not request.dry_run:
            response.status_code = 202
            await in_transaction(pool, lambda one: begin_revert(one, feed_id, caller.actor))
        return await _show_revert(feed_id)

    @router.post("/feeds/{feed_id}/rows/{row}/release", status_code=202, tags=["feeds"])
    async def release_row(
        feed_id: UUID, row: RowNumber, _caller: Principal = WRITE
    ) -> dict[str, Any]:
        return await _decide(feed_id, row, lambda one: release_rows(one, feed_id, [row]))

    @router.post("/feeds/{feed_id}/rows/{row}/dismiss", status_code=202, tags=["feeds"])
    async def dismiss_row(
        feed_id: UUID, row: RowNumber, request: DismissRequest, caller: Principal = WRITE
    ) -> dict[str, Any]:
        said = {"actor": caller.actor, "note": request.reason}
        return await _decide(feed_id, row, lambda one: dismiss_rows(one, feed_id, [row], **said))

    async def _find_state(feed_id: UUID) -> str:
        state = await feed_views.find_state(pool, feed_id)
        if state is None:
            raise Problem(404, "not_found", "There is no such feed.")
        return state

    async def _show_revert(feed_id: UUID) -> RevertView:
        state = await _find_state(feed_id)
        withdrawn = await feed_views.count_withdrawn(pool, feed_id, state=state)
        sums = sum_up_revert(await feed_views.sum_up_revert(pool, feed_id), withdrawn=withdrawn)
        kept = await feed_views.list_kept(pool, feed_id, after=0, limit=KEPT_SHOWN + 1)
        return present_revert(feed_id, state, sums, kept, shown=KEPT_SHOWN)

    async def _decide(
        feed_id: UUID, row: int, work: Callable[[Connection], Awaitable[int]]
    ) -> dict[str, Any]:
        await _find_state(feed_id)
        if not await in_transaction(pool, work):
            raise Problem(409, "not_waiting", "The row does not wait for anybody.", way_on=WAY_ON)
        return {"feed_id": str(feed_id), "row": row}
