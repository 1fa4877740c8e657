"""`/v1/exports`: a query in, a file out."""

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

import asyncpg
import orjson
from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse

from contracts.api.exports import ExportQuery
from services.chassis import idempotency
from services.chassis.database import Connection, in_transaction
from services.chassis.idempotency import REPLAYED, StoredAnswer, check_key, fingerprint
from services.chassis.identity import Principal, requires
from services.chassis.object_store import ObjectStore
from services.chassis.problems import Problem
from services.exporter.domain.exports import ExportRecord
from services.exporter.domain.files import MEDIA_TYPES, name_object
from services.exporter.domain.presentation import present
from services.exporter.handlers.asking import ask, parse_id
from services.exporter.repository import exports

Limit = Annotated[int, Query(ge=1, le=100)]
JSON = "application/json"
RETRY_SECONDS = 5


def build_router(pool: asyncpg.Pool, store: ObjectStore, *, open_limit: int) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["exports"])

    @router.post("/exports", status_code=202)
    async def create_export(
        query: ExportQuery,
        idempotency_key: Annotated[str | None, Header()] = None,
        caller: Principal = requires("exports:write"),
    ) -> Response:
        key = check_key(idempotency_key)

        async def work(connection: Connection) -> StoredAnswer:
            return await _create(connection, query, caller, key=key, limit=open_limit)

        answer = await in_transaction(pool, work)
        return Response(answer.body, answer.status, headers=answer.headers, media_type=JSON)

    @router.get("/exports", dependencies=[requires("exports:read")])
    async def list_exports(limit: Limit = 20, starting_after: UUID | None = None) -> dict[str, Any]:
        found = await exports.list_exports(pool, after=starting_after, limit=limit + 1)
        return {"data": [present(one) for one in found[:limit]], "has_more": len(found) > limit}

    @router.get("/exports/{export_id}", dependencies=[requires("exports:read")])
    async def show_export(export_id: str) -> dict[str, Any]:
        return present(await _find(pool, export_id))

    @router.get("/exports/{export_id}/file", dependencies=[requires("exports:read")])
    async def download_file(export_id: str) -> Response:
        return _stream(store, await _find(pool, export_id))

    @router.post("/exports/{export_id}/cancel", status_code=202)
    async def cancel_export(
        export_id: str, _caller: Principal = requires("exports:write")
    ) -> dict[str, Any]:
        export = await _find(pool, export_id)
        cancelled = await exports.cancel_export(pool, export.id)
        export = await _find(pool, export_id)
        if not cancelled and export.state != "cancelled":
            raise Problem(409, "too_late", f"The export is {export.state} already.")
        return present(export)

    return router


async def _create(
    connection: Connection, query: ExportQuery, caller: Principal, *, key: str | None, limit: int
) -> StoredAnswer:
    if key is not None:
        content = fingerprint(b"exports", query.model_dump_json().encode())
        known = await idempotency.begin(connection, caller.actor, key, content)
        if known is not None:
            return StoredAnswer(known.status, known.headers | REPLAYED, known.body)
    if await exports.count_open(connection, caller.actor) >= limit:
        raise Problem(
            429,
            "too_many_exports",
            f"You have {limit} exports under way.",
            way_on="Wait until one is ready, or cancel one.",
            headers={"Retry-After": str(RETRY_SECONDS)},
        )
    export = await ask(connection, query, actor=caller.actor)
    assert export is not None
    headers = {"Location": f"/v1/exports/{export.id}"}
    answer = StoredAnswer(202, headers, orjson.dumps(present(export)))
    if key is not None:
        await idempotency.finish(connection, caller.actor, key, answer)
    return answer


async def _find(pool: asyncpg.Pool, export_id: str) -> ExportRecord:
    export = await exports.find_export(pool, parse_id(export_id))
    if export is None:
        raise Problem(404, "not_found", "There is no such export.")
    return export


def _stream(store: ObjectStore, export: ExportRecord) -> Response:
    if export.state == "expired":
        raise Problem(410, "expired", "The file has expired.", way_on="Ask for the export again.")
    if export.state != "ready":
        raise Problem(409, "not_ready", f"The export is {export.state}.", way_on="Wait for it.")
    name = export.file_name
    plain = name.encode("ascii", "replace").decode().replace('"', "_")
    headers = {
        "Content-Length": str(export.bytes),
        "ETag": f'"{export.sha256}"',
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
    }
    chunks = store.open(name_object(export.id, export.attempts))
    media_type = MEDIA_TYPES[export.query.get("compression", "none")]
    return StreamingResponse(chunks, headers=headers, media_type=media_type)
