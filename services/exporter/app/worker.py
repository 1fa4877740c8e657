"""The exporter's worker: requests from the topic, rendering, the end of files, and the relay."""

from functools import partial

from services.chassis.broker import open_broker
from services.chassis.clock import utc_now
from services.chassis.database import open_pool
from services.chassis.object_store import ObjectStore, open_store
from services.chassis.outbox import Relay
from services.chassis.process import Worker
from services.chassis.publishing import Publisher
from services.exporter import jobs
from services.exporter.app.schema import SCHEMA
from services.exporter.consumers import subscribe_requests
from services.exporter.handlers.attempting import Facilities
from services.exporter.settings import ExporterSettings


async def build_worker(worker: Worker) -> None:
    settings = ExporterSettings()  # pyright: ignore[reportCallIssue]
    facilities = await _open_facilities(worker, settings)
    publisher = await worker.enter(Publisher.open(settings.kafka_bootstrap))
    broker = open_broker(settings.kafka_bootstrap, "exporter")
    subscribe_requests(broker, publisher, facilities.pool, utc_now)
    worker.add_broker(broker)
    for number in range(1, settings.exporter_parallel + 1):
        rendering = partial(
            jobs.render_exports, facilities, poll_seconds=settings.exporter_poll_seconds
        )
        worker.add(f"rendering-{number}", rendering)
    worker.add("clearing", partial(jobs.delete_files, facilities))
    worker.add("relay", Relay(facilities.pool, publisher, schema=SCHEMA).run)


async def _open_facilities(worker: Worker, settings: ExporterSettings) -> Facilities:
    dsn = settings.exporter_postgres_dsn.get_secret_value()
    replica = settings.exporter_books_dsn
    pool = await worker.enter_pool(open_pool(dsn, application_name="exporter-worker"))
    books = await worker.enter(
        open_pool(
            dsn if replica is None else replica.get_secret_value(),
            application_name="exporter-books",
            max_size=settings.exporter_parallel,
            statement_timeout_seconds=settings.exporter_statement_seconds,
        )
    )
    return Facilities(
        pool=pool,
        books=books,
        store=await worker.enter(_open_store(settings)),
        public_url=settings.public_url,
        kept_days=settings.exporter_kept_days,
        lease_seconds=settings.exporter_lease_seconds,
        attempts=settings.exporter_attempts,
    )


async def _open_store(settings: ExporterSettings) -> ObjectStore:
    return open_store(settings)
