"""Server-sent events of one import: how far it is, and its changes of state."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from services.chassis.identity import requires
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.watching import watch_import
from services.ingest.repository import uploads


def add_event_routes(router: APIRouter, facilities: Facilities) -> None:
    """Ids rise as the import moves on; a listener that names its last one misses nothing."""

    async def demand_import(import_id: UUID) -> UUID:
        """Before the stream begins, as a problem can be told only then."""
        async with facilities.pool.acquire() as connection:
            return (await uploads.find_upload(connection, import_id)).import_id

    @router.get(
        "/imports/{import_id}/events",
        tags=["imports"],
        dependencies=[requires("imports:read")],
        response_class=EventSourceResponse,
    )
    async def watch(
        found: Annotated[UUID, Depends(demand_import)],
        last_event_id: Annotated[str | None, Header(max_length=40)] = None,
    ) -> AsyncIterator[ServerSentEvent]:
        state: str | None = None
        async for snapshot in watch_import(facilities, found, _parse_number(last_event_id)):
            kind = "progress" if snapshot.state == state else "state"
            state = snapshot.state
            yield ServerSentEvent(data=snapshot.data, event=kind, id=str(snapshot.number))


def _parse_number(text: str | None) -> int | None:
    """An id that is none of ours is no id."""
    return int(text) if text and text.isascii() and text.isdigit() else None
