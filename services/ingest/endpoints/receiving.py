"""`POST /v1/imports` in both its shapes: a file with its configuration, or one JSON body."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

import orjson
from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from contracts.api.imports import ImportConfig, JsonImport
from services.chassis.clock import uuid7
from services.chassis.object_store import StoredObject
from services.chassis.problems import Problem, ProblemItem
from services.ingest.domain.file_names import clean_file_name
from services.ingest.endpoints.multipart import (
    PartBegins,
    PartEvent,
    find_boundary,
    read_parts,
    read_small,
    take_part,
)
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.preparing import check_config
from services.ingest.handlers.uploading import (
    Caller,
    Opened,
    Received,
    drop_source,
    open_upload,
    store_source,
)

M = TypeVar("M", bound=BaseModel)
CONFIG_BYTES: Final = 1024 * 1024
PAYLOAD_NAME: Final = "payload.json"


async def receive_upload(request: Request, facilities: Facilities, caller: Caller) -> Opened:
    """The answer to the upload; raises Problem where the body is not one."""
    content_type = request.headers.get("content-type", "")
    media_type = content_type.partition(";")[0].strip().lower()
    stream = _uninterrupted(request)
    if media_type == "multipart/form-data":
        form = _Form(facilities, uuid7())
        return await form.receive(read_parts(stream, find_boundary(content_type)), caller)
    if media_type == "application/json":
        return await _receive_payload(facilities, stream, caller)
    raise Problem(
        415,
        "unsupported_media_type",
        "An import is sent as multipart/form-data or as application/json.",
        way_on="Send the parts `config` and `file`, or {config, records} as JSON.",
    )


async def _uninterrupted(request: Request) -> AsyncGenerator[bytes, None]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise Problem(
            400, "upload_cut", "The upload was cut off.", way_on="Send it again."
        ) from None


@dataclass(slots=True)
class _Form:
    """The parts of one multipart upload, in whichever order they come."""

    facilities: Facilities
    import_id: UUID
    config: ImportConfig | None = None
    stored: StoredObject | None = None
    file_name: str = ""

    async def receive(self, events: AsyncGenerator[PartEvent, None], caller: Caller) -> Opened:
        try:
            await self._read_parts(events)
            if self.config is None or self.stored is None:
                missing = "config" if self.config is None else "file"
                raise _refuse(missing, "missing_part", f"The part `{missing}` is missing.")
        except BaseException:
            if self.stored is not None:
                await drop_source(self.facilities, self.import_id)
            raise
        received = Received(self.import_id, self.file_name, self.stored)
        return await open_upload(self.facilities, received, self.config, caller)

    async def _read_parts(self, events: AsyncGenerator[PartEvent, None]) -> None:
        async for event in events:
            if not isinstance(event, PartBegins):
                continue
            part = take_part(events)
            if event.name == "config" and self.config is None:
                self.config = parse_config(await read_small(part, CONFIG_BYTES))
                check_config(self.facilities, self.config)
            elif event.name == "file" and self.stored is None:
                self.file_name = clean_file_name(event.file_name)
                self.stored = await self._store(part)
            else:
                sentence = "Send one part `config` and one part `file`, and no others."
                raise _refuse(event.name[:100], "unexpected_part", sentence)

    async def _store(self, part: AsyncIterator[bytes]) -> StoredObject:
        limit = self.facilities.settings.ingest_upload_bytes
        return await store_source(self.facilities, self.import_id, _within(part, limit))


async def _within(chunks: AsyncIterator[bytes], limit: int) -> AsyncGenerator[bytes, None]:
    seen = 0
    async for chunk in chunks:
        seen += len(chunk)
        if seen > limit:
            raise Problem(
                413,
                "file_too_large",
                f"The file is larger than {limit // (1024 * 1024)} MiB.",
                way_on="Compress it, or split it into several files.",
            )
        yield chunk


async def _receive_payload(
    facilities: Facilities, stream: AsyncIterator[bytes], caller: Caller
) -> Opened:
    """The body is kept as it came: it is the source."""
    body = await read_small(stream, facilities.settings.ingest_payload_bytes)
    payload = parse_model(JsonImport, body, "body")
    check_config(facilities, payload.config)
    import_id = uuid7()
    stored = await store_source(facilities, import_id, _once(body))
    received = Received(import_id, PAYLOAD_NAME, stored)
    return await open_upload(facilities, received, payload.config, caller)


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


def parse_config(body: bytes) -> ImportConfig:
    return parse_model(ImportConfig, body, "config")


def parse_model(model: type[M], body: bytes, location: str) -> M:
    """Raises Problem 400 for what is no JSON (NaN is none), 422 for what does not fit."""
    try:
        content: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Problem(400, "malformed_json", f"The {location} is not valid JSON.") from None
    try:
        return model.model_validate(content)
    except ValidationError as error:
        items = [
            ProblemItem(".".join([location, *map(str, item["loc"])]), item["type"], item["msg"])
            for item in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        sentence = "The request does not fit its description."
        raise Problem(422, "invalid_request", sentence, errors=items[:100]) from None


def _refuse(location: str, code: str, sentence: str) -> Problem:
    item = ProblemItem(location, code, sentence)
    return Problem(422, "invalid_request", sentence, errors=[item])
