"""Imports are sent, listed and shown, with their mapping and rows."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response

from contracts.api.imports import Bucket, ImportView, MappingView
from services.chassis.idempotency import REPLAYED, check_key
from services.chassis.identity import Principal, requires
from services.ingest.endpoints.receiving import receive_upload
from services.ingest.endpoints.upload_body import describe_upload
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.finding import find_import, view_import, view_imports
from services.ingest.handlers.listing import list_rows
from services.ingest.handlers.mapping import view_mapping
from services.ingest.handlers.uploading import Caller
from services.ingest.repository import uploads

Limit = Annotated[int, Query(ge=1, le=100)]
IdempotencyKey = Annotated[
    str | None, Header(description="Repeats of the request get the first answer.")
]
READ = requires("imports:read")


def add_import_routes(router: APIRouter, facilities: Facilities) -> None:
    """What is asked of imports; the commands on them are elsewhere."""
    pool = facilities.pool

    @router.post(
        "/imports",
        status_code=202,
        response_model=ImportView,
        openapi_extra=describe_upload(),
        tags=["imports"],
    )
    async def create_import(
        request: Request,
        idempotency_key: IdempotencyKey = None,
        caller: Principal = requires("imports:write"),
    ) -> Response:
        asked_by = Caller(caller.actor, check_key(idempotency_key))
        opened = await receive_upload(request, facilities, asked_by)
        answer, replayed = opened.answer, REPLAYED if opened.replayed else {}
        headers = {**answer.headers, **replayed}
        return Response(answer.body, answer.status, headers, "application/json")

    @router.get("/imports", tags=["imports"], dependencies=[READ])
    async def list_imports(
        limit: Limit = 20,
        starting_after: UUID | None = None,
        record_type: Annotated[str | None, Query(max_length=100)] = None,
        sha256: Annotated[str | None, Query(pattern="^[0-9a-f]{64}$")] = None,
    ) -> dict[str, Any]:
        async with pool.acquire() as connection:
            found = await uploads.list_uploads(
                connection,
                after=starting_after,
                record_type=record_type,
                sha256=sha256,
                limit=limit + 1,
            )
            views = await view_imports(connection, found[:limit])
        return {"data": views, "has_more": len(found) > limit}

    @router.get("/imports/{import_id}", tags=["imports"], dependencies=[READ])
    async def show_import(import_id: UUID) -> ImportView:
        async with pool.acquire() as connection:
            return await view_import(connection, await find_import(connection, import_id))

    @router.get("/imports/{import_id}/mapping", tags=["imports"], dependencies=[READ])
    async def show_mapping(import_id: UUID) -> MappingView:
        return await view_mapping(facilities, import_id)

    @router.get("/imports/{import_id}/rows", tags=["imports"], dependencies=[READ])
    async def list_import_rows(
        import_id: UUID,
        *,
        limit: Limit = 20,
        starting_after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
        outcome: Bucket | None = None,
        finding: Annotated[str | None, Query(max_length=100, pattern="^[a-z0-9_]+$")] = None,
    ) -> dict[str, Any]:
        rows = await list_rows(
            facilities,
            import_id,
            after=starting_after,
            outcome=outcome,
            finding=finding,
            limit=limit + 1,
        )
        return {"data": rows[:limit], "has_more": len(rows) > limit}
