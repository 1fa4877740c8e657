"""What is due: uploads are read, each by one reader, so many at a time; and again, where rows of
one are missing in the books for long.
"""

import asyncio
from datetime import timedelta

from services.chassis.claims import poll_until_stopped
from services.chassis.clock import uuid7
from services.chassis.publishing import Publisher
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.reading import UploadReader
from services.ingest.handlers.redriving import redrive_uploads
from services.ingest.settings import IngestWorkerSettings

# So many looks before the patience with an upload is over.
_LOOKS = 10


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


async def redrive(
    facilities: Facilities, settings: IngestWorkerSettings, stop: asyncio.Event
) -> None:
    """Until stopped: uploads that the books have too few rows of are read again."""
    patience = timedelta(seconds=settings.ingest_redrive_seconds)

    async def look() -> bool:
        await redrive_uploads(facilities.pool, patience)
        return False

    await poll_until_stopped(
        look, stop=stop, wake=asyncio.Event(), idle_seconds=patience.total_seconds() / _LOOKS
    )
