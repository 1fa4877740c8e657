"""An upload is stored and opened as an import; the look into it before that is preparing's."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import orjson

from contracts.api.imports import ImportConfig
from contracts.events.import_lifecycle import ImportOpened, SourceFile
from services.chassis.clock import utc_now
from services.chassis.crash_points import reach
from services.chassis.database import Connection, in_transaction
from services.chassis.idempotency import StoredAnswer, begin, fingerprint, finish
from services.chassis.object_store import StoredObject, StoreUnavailableError
from services.chassis.problems import Problem
from services.ingest.domain.problems import (
    ConfigProblem,
    ConfigRefused,
    ImportMissing,
    StepRefused,
)
from services.ingest.domain.uploads import Import
from services.ingest.handlers.announcing import announce
from services.ingest.handlers.facilities import Facilities, source_name
from services.ingest.handlers.finding import find_import, view_import
from services.ingest.handlers.preparing import Prepared, check_config, prepare_upload
from services.ingest.handlers.returning import Returned, is_open_for, take_back
from services.ingest.measures import UPLOADS
from services.ingest.repository import uploads
from services.ingest.repository.uploads import NewUpload


@dataclass(frozen=True, slots=True)
class Received:
    """An upload whose bytes are in the object store."""

    import_id: UUID
    file_name: str
    stored: StoredObject


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and the Idempotency-Key under which they ask."""

    actor: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """The answer to an upload; `replayed` where it is that of an earlier one."""

    answer: StoredAnswer
    replayed: bool


async def store_source(
    facilities: Facilities, import_id: UUID, chunks: AsyncIterator[bytes]
) -> StoredObject:
    """Keep the bytes unchanged; raises what the stream raises, and then keeps nothing."""
    stored = await facilities.store.put(source_name(import_id), chunks)
    reach("ingest.file_stored")
    return stored


async def drop_source(facilities: Facilities, import_id: UUID) -> None:
    """For bytes that did not become an import; a store that is down keeps them, unreachable."""
    with suppress(StoreUnavailableError):
        await facilities.store.delete(source_name(import_id))


async def open_upload(
    facilities: Facilities, received: Received, config: ImportConfig, caller: Caller
) -> Opened:
    """The answer to the upload, or the first one where it repeats a key. What corrects an import
    that is not completed becomes attempts of that one, whose answer it gets.

    Raises ConfigRefused, StepRefused and the Problems of idempotency keys; the bytes are dropped
    then. Any other failure leaves them, as the import may have been opened all the same.
    """
    try:
        opened = await _open_upload(facilities, received, config, caller)
    except (ConfigRefused, StepRefused, Problem):
        await drop_source(facilities, received.import_id)
        raise
    if not _is_answer_of(opened.answer, received.import_id):
        await drop_source(facilities, received.import_id)
    return opened


async def _open_upload(
    facilities: Facilities, received: Received, config: ImportConfig, caller: Caller
) -> Opened:
    record_type = check_config(facilities, config)
    source = source_name(received.import_id)
    prepared = await prepare_upload(facilities, source, config, record_type)
    asked = orjson.dumps(config.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
    content = fingerprint(b"imports", asked, received.stored.plain_sha256.encode())

    async def work(connection: Connection) -> Opened:
        if caller.key is not None:
            first = await begin(connection, caller.actor, caller.key, content)
            if first is not None:
                return Opened(first, replayed=not _is_answer_of(first, received.import_id))
        corrected = await _find_corrected(connection, prepared.config)
        if corrected is not None and prepared.shape is not None and is_open_for(corrected):
            returned = Returned(received.import_id, prepared.shape)
            await take_back(connection, facilities, returned, corrected, actor=caller.actor)
            answer = await _answer(connection, corrected.upload.import_id)
        else:
            await _open(connection, received, prepared, caller.actor)
            answer = await _answer(connection, received.import_id)
        if caller.key is not None:
            await finish(connection, caller.actor, caller.key, answer)
        return Opened(answer, replayed=False)

    opened = await in_transaction(facilities.pool, work)
    UPLOADS.labels(record_type.name, prepared.state).inc()
    return opened


async def _find_corrected(connection: Connection, config: ImportConfig) -> Import | None:
    if config.corrects is None:
        return None
    try:
        return await find_import(connection, config.corrects, lock=True)
    except ImportMissing:
        sentence = "There is no import of this id to correct."
        item = ConfigProblem("config.corrects", "unknown_import", sentence)
        raise ConfigRefused([item]) from None


async def _open(connection: Connection, received: Received, prepared: Prepared, actor: str) -> None:
    """The import's row and its announcement; a repetition after a lost answer changes nothing."""
    stored, config = received.stored, prepared.config
    new = NewUpload(
        import_id=received.import_id,
        record_type=config.record_type,
        state=prepared.state,
        actor=actor,
        file_name=received.file_name,
        file_bytes=stored.plain_bytes,
        file_sha256=stored.plain_sha256,
        config=config.model_dump(mode="json"),
        targets=prepared.targets,
        shape=prepared.shape,
        failure=prepared.failure,
        corrects=config.corrects,
    )
    if not await uploads.insert_upload(connection, new):
        return
    opened = ImportOpened(
        import_id=new.import_id,
        record_type=new.record_type,
        config=new.config,
        file=SourceFile(bytes=new.file_bytes, sha256=new.file_sha256),
        actor=actor,
        corrects=new.corrects,
        opened_at=utc_now().isoformat(),
    )
    await announce(connection, opened)


async def _answer(connection: Connection, import_id: UUID) -> StoredAnswer:
    view = await view_import(connection, await find_import(connection, import_id))
    headers = {"Location": f"/v1/imports/{import_id}"}
    return StoredAnswer(202, headers, view.model_dump_json().encode())


def _is_answer_of(answer: StoredAnswer, import_id: UUID) -> bool:
    return answer.headers.get("Location", "").endswith(str(import_id))
