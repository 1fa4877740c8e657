"""The reading of one upload: from the object store through a thread onto the topic.

A reader that dies leaves its lease behind; another starts again at row 1. Rows that are sent twice
are the same messages, and the ledger's key knows them.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from contracts.envelope import READING_HEADER, Reading
from contracts.events.import_lifecycle import RevisionRead
from contracts.topics import ROWS_RECEIVED
from services.chassis.crash_points import reach
from services.chassis.database import RETRYABLE, Connection, in_transaction
from services.chassis.logs import bind, get_logger
from services.chassis.object_store import StoreUnavailableError
from services.chassis.publishing import PUBLISHING_ERRORS, BulkWriter, Publisher
from services.files.problems import FileProblem
from services.ingest.domain.configuration import find_record_type
from services.ingest.domain.uploads import Upload
from services.ingest.handlers.announcing import announce
from services.ingest.handlers.attempting import send_again
from services.ingest.handlers.encoding import encode_source, make_reading
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.preparing import describe_failure
from services.ingest.measures import READINGS, ROWS_READ
from services.ingest.repository import readings, uploads
from services.ingest.repository.readings import Lease, Place

T = TypeVar("T")
PROGRESS_SECONDS: Final = 1.0
PUT_OFF: Final = timedelta(seconds=3)
_PASSING = (*RETRYABLE, *PUBLISHING_ERRORS, StoreUnavailableError)
_BROKEN = FileProblem(
    "reading_failed",
    "The file could not be read to its end.",
    "Check the file, and upload it again; if it stays so, give support the import's id.",
)


class LeaseLost(Exception):
    """The revision is over, was cancelled, or is read by someone else by now."""


@dataclass(slots=True)
class Progress:
    """How far the reading has come; `places` are the starts of blocks not yet recorded."""

    rows: int = 0
    places: list[Place] = field(default_factory=list[Place])
    trailer: dict[str, Any] | None = None

    def take_places(self) -> list[Place]:
        places, self.places = self.places, []
        return places


class UploadReader:
    """Reads uploads one after another, under leases in its own name."""

    def __init__(
        self,
        facilities: Facilities,
        publisher: Publisher,
        *,
        holder: UUID,
        lease_lasts: timedelta,
        stop: asyncio.Event,
    ) -> None:
        self._facilities = facilities
        self._publisher = publisher
        self._holder = holder
        self._lasts = lease_lasts
        self._stop = stop

    async def read_next(self) -> bool:
        """Read the upload that has waited longest; False when none waits."""
        pool = self._facilities.pool
        import_id = await readings.claim_reading(pool, self._holder, self._lasts)
        if import_id is None:
            return False
        async with pool.acquire() as connection:
            upload = await uploads.find_upload(connection, import_id)
        lease = Lease(import_id, upload.revision, self._holder, self._lasts)
        with bind(import_id=str(import_id)):
            READINGS.labels(await self._read_under(lease, upload)).inc()
        return True

    async def _read_under(self, lease: Lease, upload: Upload) -> str:
        """The word for how the reading ended. Whatever is wrong with one file, others are read."""
        try:
            return await self._read(lease, upload)
        except FileProblem as problem:
            return await self._fail(lease, problem)
        except LeaseLost:
            return "abandoned"
        except _PASSING as error:
            get_logger(__name__).warning("reading_put_off", exc_info=error)
            await readings.put_off_reading(self._facilities.pool, lease, PUT_OFF)
            return "put_off"
        except Exception as error:
            get_logger(__name__).error("reading_failed", exc_info=error)
            return await self._fail(lease, _BROKEN)

    async def _read(self, lease: Lease, upload: Upload) -> str:
        progress = Progress()
        sending = asyncio.create_task(self._send(upload, progress))
        try:
            while not sending.done():
                await asyncio.wait({sending}, timeout=PROGRESS_SECONDS)
                if not sending.done():
                    await self._keep(lease, progress)
        finally:
            sending.cancel()
            await asyncio.wait({sending})
        reading = sending.result()
        reach("ingest.all_read")
        return await self._end(lease, upload, reading, progress=progress)

    async def _keep(self, lease: Lease, progress: Progress) -> None:
        """Renew the lease and tell how far it is; raises LeaseLost."""
        if self._stop.is_set():
            await readings.put_off_reading(self._facilities.pool, lease, timedelta())
            raise LeaseLost
        async with self._facilities.pool.acquire() as connection:
            held = await readings.record_progress(
                connection, lease, progress.rows, progress.take_places()
            )
        if not held:
            raise LeaseLost

    async def _send(self, upload: Upload, progress: Progress) -> Reading:
        """Whole blocks onto one partition after another; returns when all is acknowledged."""
        topic = ROWS_RECEIVED.name
        currency = self._facilities.settings.ingest_default_currency
        reading = make_reading(upload, find_record_type(upload.record_type), currency)
        headers = [(READING_HEADER, reading.to_header())]
        partitions = await self._publisher.partitions(topic)
        writer = BulkWriter(self._publisher, topic)
        rows_read = ROWS_READ.labels(upload.record_type)
        turn = upload.import_id.int % partitions
        async for block in ahead(lambda: encode_source(self._facilities, upload)):
            progress.trailer = block.trailer
            if not block.values:
                continue
            writer.extend(turn, block.values, headers=headers)
            turn = (turn + 1) % partitions
            if writer.full:
                await writer.make_room()
            progress.rows = block.last_row
            progress.places.append(block.place)
            rows_read.inc(len(block.values))
            reach("ingest.half_read")
        await writer.drain()
        return reading

    async def _end(
        self, lease: Lease, upload: Upload, reading: Reading, *, progress: Progress
    ) -> str:
        event = RevisionRead(
            import_id=lease.import_id,
            revision=lease.revision,
            rows=progress.rows,
            default_currency=reading.formats.currency,
            trailer=progress.trailer,
        )

        async def work(connection: Connection) -> bool:
            await readings.record_progress(connection, lease, progress.rows, progress.places)
            ended = await readings.end_reading(
                connection, lease, state="read", rows_read=progress.rows
            )
            if ended:
                # Before the revision is said to be full: it must not be planned without them.
                await send_again(connection, self._facilities, upload, progress.rows)
                await announce(connection, event)
            return ended

        return "read" if await in_transaction(self._facilities.pool, work) else "abandoned"

    async def _fail(self, lease: Lease, problem: FileProblem) -> str:
        async def work(connection: Connection) -> bool:
            failure = describe_failure(problem)
            return await readings.end_reading(
                connection, lease, state="failed", rows_read=0, failure=failure
            )

        return "failed" if await in_transaction(self._facilities.pool, work) else "abandoned"


async def ahead(make: Callable[[], Iterator[T]]) -> AsyncIterator[T]:
    """The items of a blocking iterator, made in a thread one ahead of what is asked for."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, thread_name_prefix="reading") as thread:
        items = iter(make())
        pending = loop.run_in_executor(thread, next, items, None)
        try:
            while (item := await asyncio.shield(pending)) is not None:
                pending = loop.run_in_executor(thread, next, items, None)
                yield item
        finally:
            await asyncio.wait({pending})
            await loop.run_in_executor(thread, _close, items)


def _close(items: Iterator[object]) -> None:
    close: Callable[[], None] | None = getattr(items, "close", None)
    if close is not None:
        close()
