"""`/v1/exports`: a query in, a file out."""

from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse

from contracts.api.exports import ExportQuery, ExportView
from services.chassis import idempotency
from services.chassis.database import Connection, in_transaction
from services.chassis.idempotency import REPLAYED, StoredAnswer, check_key, fingerprint
from services.chassis.identity import Principal, requires
from services.chassis.object_store import ObjectStore
from services.chassis.problems import Problem
from services.exporter.domain.exports import ExportRecord
from services.exporter.domain.files import MEDIA_TYPES, content_disposition
from services.exporter.domain.presentation import present
from services.exporter.domain.queries import select
from services.exporter.handlers.asking import ask, check_room
from services.exporter.handlers.downloading import check_ready, open_file
from services.exporter.repository import exports

Limit = Annotated[int, Query(ge=1, le=100)]
Name = Annotated[str | None, Query(max_length=100, pattern=r"^[a-z_]+$")]
State = Literal["requested", "rendering", "ready", "failed", "cancelled", "expired"]
JSON = "application/json"


def build_router(pool: asyncpg.Pool, store: ObjectStore, *, open_limit: int) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["exports"])

    @router.post("/exports", status_code=202, response_model=ExportView)
    async def create_export(
        query: ExportQuery,
        idempotency_key: Annotated[str | None, Header()] = None,
        caller: Principal = requires("exports:write"),
    ) -> Response:
        key = check_key(idempotency_key)
        select(query)

        async def work(connection: Connection) -> StoredAnswer:
            return await _create(connection, query, caller, key=key, limit=open_limit)

        answer = await in_transaction(pool, work)
        return Response(answer.body, answer.status, headers=answer.headers, media_type=JSON)

    @router.get("/exports", dependencies=[requires("exports:read")])
    async def list_exports(
        limit: Limit = 20,
        starting_after: UUID | None = None,
        state: State | None = None,
        dataset: Name = None,
    ) -> dict[str, Any]:
        found = await exports.list_exports(
            pool, after=starting_after, state=state, dataset=dataset, limit=limit + 1
        )
        return {"data": [present(one) for one in found[:limit]], "has_more": len(found) > limit}

    @router.get("/exports/{export_id}", dependencies=[requires("exports:read")])
    async def show_export(export_id: str) -> ExportView:
        return present(await _find(pool, export_id))

    @router.get(
        "/exports/{export_id}/file",
        dependencies=[requires("exports:read")],
        response_class=StreamingResponse,
    )
    async def download_file(
        export_id: str, if_none_match: Annotated[str | None, Header()] = None
    ) -> Response:
        export = await _find(pool, export_id)
        check_ready(export)
        return await _answer_file(store, export, if_none_match)

    @router.post("/exports/{export_id}/cancel", status_code=202)
    async def cancel_export(
        export_id: str, _caller: Principal = requires("exports:write")
    ) -> ExportView:
        export = await _find(pool, export_id)
        cancelled = await exports.cancel_export(pool, export.id) or await _find(pool, export_id)
        if cancelled.state != "cancelled":
            raise Problem(409, "too_late", f"The export is {cancelled.state} already.")
        return present(cancelled)

    return router


async def _create(
    connection: Connection, query: ExportQuery, caller: Principal, *, key: str | None, limit: int
) -> StoredAnswer:
    if key is not None:
        content = fingerprint(b"exports", query.model_dump_json().encode())
        known = await idempotency.begin(connection, caller.actor, key, content)
        if known is not None:
            return StoredAnswer(known.status, known.headers | REPLAYED, known.body)
    await check_room(connection, caller.actor, limit)
    export = await ask(connection, query, actor=caller.actor)
    assert export is not None
    headers = {"Location": f"/v1/exports/{export.id}"}
    answer = StoredAnswer(202, headers, present(export).model_dump_json().encode())
    if key is not None:
        await idempotency.finish(connection, caller.actor, key, answer)
    return answer


async def _find(pool: asyncpg.Pool, export_id: str) -> ExportRecord:
    """An id that cannot be one is simply not found."""
    try:
        export = await exports.find_export(pool, UUID(export_id))
    except ValueError:
        export = None
    if export is None:
        raise Problem(404, "not_found", "There is no such export.")
    return export


async def _answer_file(
    store: ObjectStore, export: ExportRecord, if_none_match: str | None
) -> Response:
    etag = f'"{export.sha256}"'
    if if_none_match is not None and etag in if_none_match:
        return Response(status_code=304, headers={"ETag": etag})
    headers = {
        "Content-Length": str(export.bytes),
        "ETag": etag,
        "Content-Disposition": content_disposition(export.file_name),
    }
    pieces = await open_file(store, export)
    media_type = MEDIA_TYPES[export.query["compression"]]
    return StreamingResponse(pieces, headers=headers, media_type=media_type)
