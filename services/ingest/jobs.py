"""What is due: uploads are read, each by one reader, so many at a time."""

import asyncio
from datetime import timedelta

from services.chassis.claims import poll_until_stopped
from services.chassis.clock import uuid7
from services.chassis.publishing import Publisher
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.reading import UploadReader
from services.ingest.settings import IngestWorkerSettings


async def read_uploads(
    facilities: Facilities,
    publisher: Publisher,
    settings: IngestWorkerSettings,
    stop: asyncio.Event,
) -> None:
    """Until stopped; a small file need not wait for a large one."""

    async def read() -> None:
        reader = UploadReader(
            facilities,
            publisher,
            holder=uuid7(),
            lease_lasts=timedelta(seconds=settings.ingest_lease_seconds),
            stop=stop,
        )
        await poll_until_stopped(
            reader.read_next,
            stop=stop,
            wake=asyncio.Event(),
            idle_seconds=settings.ingest_poll_seconds,
        )

    await asyncio.gather(*(read() for _ in range(settings.ingest_parallel_reads)))
