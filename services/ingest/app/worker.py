"""Ingest's worker: it reads uploads, and publishes what ingest has to say."""

import asyncio

from services.chassis.database import open_pool
from services.chassis.object_store import ObjectStore, open_store
from services.chassis.outbox import Relay
from services.chassis.process import Worker
from services.chassis.publishing import Publisher
from services.ingest import jobs
from services.ingest.app.schema import SCHEMA
from services.ingest.handlers.facilities import Facilities
from services.ingest.settings import IngestWorkerSettings


async def build_worker(worker: Worker) -> None:
    """The relay has a producer of its own: a million rows never hold up a command."""
    settings = IngestWorkerSettings()  # pyright: ignore[reportCallIssue]
    dsn = settings.ingest_postgres_dsn.get_secret_value()
    pool = await worker.enter_pool(open_pool(dsn, application_name="ingest-worker"))
    store = await worker.enter(_open(settings))
    rows = await worker.enter(Publisher.open(settings.kafka_bootstrap))
    commands = await worker.enter(Publisher.open(settings.kafka_bootstrap))
    facilities = Facilities(pool, store, settings)

    async def read_uploads(stop: asyncio.Event) -> None:
        await jobs.read_uploads(facilities, rows, settings, stop)

    async def redrive(stop: asyncio.Event) -> None:
        await jobs.redrive(facilities, settings, stop)

    worker.add("reading", read_uploads)
    worker.add("redriving", redrive)
    worker.add("relay", Relay(pool, commands, schema=SCHEMA).run)


async def _open(settings: IngestWorkerSettings) -> ObjectStore:
    return open_store(settings)
