"""Files of an import: its source as it was sent, its rejected rows, what a creditor is told."""

from collections.abc import AsyncIterator
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from services.chassis.identity import requires
from services.ingest.domain.file_names import content_disposition
from services.ingest.handlers.acknowledging import write_acknowledgment
from services.ingest.handlers.facilities import Facilities, source_name
from services.ingest.handlers.listing import write_errors
from services.ingest.repository import uploads

READ = requires("imports:read")


def add_download_routes(router: APIRouter, facilities: Facilities) -> None:
    """All are streamed."""

    @router.get(
        "/imports/{import_id}/source",
        tags=["imports"],
        dependencies=[READ],
        response_class=StreamingResponse,
    )
    async def download_source(import_id: UUID) -> StreamingResponse:
        async with facilities.pool.acquire() as connection:
            upload = await uploads.find_upload(connection, import_id)
        headers = {
            "Content-Disposition": content_disposition(upload.file_name),
            "Content-Length": str(upload.file_bytes),
            "ETag": f'"{upload.file_sha256}"',
        }
        pieces = facilities.store.open(source_name(import_id))
        return StreamingResponse(pieces, 200, headers, "application/octet-stream")

    @router.get(
        "/imports/{import_id}/errors.csv",
        tags=["imports"],
        dependencies=[READ],
        response_class=StreamingResponse,
    )
    async def download_errors(import_id: UUID) -> StreamingResponse:
        pieces = await write_errors(facilities, import_id)
        return _send_csv(pieces, f"errors-{import_id}.csv")

    @router.get(
        "/imports/{import_id}/acknowledgment.csv",
        tags=["imports"],
        dependencies=[READ],
        response_class=StreamingResponse,
    )
    async def download_acknowledgment(import_id: UUID) -> StreamingResponse:
        pieces = await write_acknowledgment(facilities, import_id)
        return _send_csv(pieces, f"acknowledgment-{import_id}.csv")


def _send_csv(pieces: AsyncIterator[bytes], name: str) -> StreamingResponse:
    headers = {"Content-Disposition": content_disposition(name)}
    return StreamingResponse(pieces, 200, headers, "text/csv; charset=utf-8")
