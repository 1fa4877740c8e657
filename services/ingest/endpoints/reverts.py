"""Imports are reverted; what that would do, and what it did."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from contracts.api.decisions import RevertRequest, RevertView
from services.chassis.identity import Principal, requires
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.reverting import list_kept_rows, revert_import, view_revert

READ = requires("imports:read")
WRITE = requires("imports:write")
AfterRow = Annotated[int, Query(ge=0, le=2**31 - 1)]


def add_revert_routes(router: APIRouter, facilities: Facilities) -> None:
    """A dry run answers 200, the command 202; it is given once, however often asked."""

    @router.post("/imports/{import_id}/revert", status_code=202, tags=["imports"])
    async def revert(
        import_id: UUID,
        response: Response,
        request: RevertRequest | None = None,
        caller: Principal = WRITE,
    ) -> RevertView:
        asked = request or RevertRequest()
        if asked.dry_run:
            response.status_code = 200
        return await revert_import(facilities, import_id, asked, caller.actor)

    @router.get("/imports/{import_id}/revert", tags=["imports"], dependencies=[READ])
    async def show_revert(import_id: UUID) -> RevertView:
        return await view_revert(facilities, import_id)

    @router.get("/imports/{import_id}/revert/kept", tags=["imports"], dependencies=[READ])
    async def list_kept(
        import_id: UUID,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        starting_after: AfterRow = 0,
    ) -> dict[str, Any]:
        rows = await list_kept_rows(facilities, import_id, starting_after, limit + 1)
        return {"data": rows[:limit], "has_more": len(rows) > limit}
