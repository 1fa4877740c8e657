"""The exporter's worker: requests from the topic, rendering, housekeeping, and the relay."""

from services.chassis.broker import open_broker
from services.chassis.database import open_pool
from services.chassis.object_store import ObjectStore, open_store
from services.chassis.outbox import Relay
from services.chassis.process import Worker
from services.chassis.publishing import Publisher
from services.exporter import jobs
from services.exporter.app.schema import SCHEMA
from services.exporter.consumers import subscribe_requests
from services.exporter.handlers.rendering import Renderer
from services.exporter.settings import ExporterSettings


async def build_worker(worker: Worker) -> None:
    settings = ExporterSettings()  # pyright: ignore[reportCallIssue]
    dsn = settings.exporter_postgres_dsn.get_secret_value()
    pool = await worker.enter_pool(open_pool(dsn, application_name="exporter-worker", max_size=10))
    publisher = await worker.enter(Publisher.open(settings.kafka_bootstrap))
    store = await worker.enter(_open(settings))
    renderer = Renderer(
        pool, store, public_url=settings.public_url, kept_days=settings.exporter_kept_days
    )
    broker = open_broker(settings.kafka_bootstrap, "exporter")
    subscribe_requests(broker, publisher, pool)
    worker.add_broker(broker)
    for number in range(1, settings.exporter_parallel + 1):
        worker.add(f"rendering-{number}", lambda stop: jobs.render_exports(renderer, stop))
    worker.add("housekeeping", lambda stop: jobs.keep_house(renderer, stop))
    worker.add("relay", Relay(pool, publisher, schema=SCHEMA).run)


async def _open(settings: ExporterSettings) -> ObjectStore:
    return open_store(settings)
