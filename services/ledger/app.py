"""Who is plugged into whom: the ledger's worker, its migrations and its part of the API."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from fastapi import APIRouter

from services.chassis.broker import open_broker
from services.chassis.database import open_pool
from services.chassis.migrations import lay_views, migrate
from services.chassis.outbox import Relay
from services.chassis.process import Worker
from services.chassis.publishing import Publisher
from services.ledger import consumers, jobs
from services.ledger.books import books, shared_views
from services.ledger.endpoints import build_router
from services.ledger.handlers.applying import BULK_LANE
from services.ledger.handlers.feeding import LIVE_LANE
from services.ledger.handlers.publishing import expand
from services.ledger.settings import LedgerDatabaseSettings, LedgerSettings
from services.ledger.wakeups import Wakeups

SCHEMA = "ledger"
LANES = ("default", LIVE_LANE, BULK_LANE)
CHASSIS_MIGRATIONS = Path(__file__).parent.parent / "chassis" / "migrations"


async def build_worker(worker: Worker) -> None:
    """Consumers of both lanes, planning, applying, and a relay per lane of the outbox."""
    settings = LedgerSettings()  # pyright: ignore[reportCallIssue]
    dsn = settings.ledger_postgres_dsn.get_secret_value()
    pool = await worker.enter_pool(
        open_pool(dsn, application_name="ledger-worker", max_size=12)
    )
    publisher = await worker.enter(Publisher.open(settings.kafka_bootstrap))
    wakeups = Wakeups()
    broker = open_broker(settings.kafka_bootstrap, "ledger")
    consumers.subscribe_rows(broker, publisher, pool, wakeups)
    consumers.subscribe_lifecycle(broker, publisher, pool, wakeups)
    consumers.subscribe_records(broker, publisher, pool)
    worker.add_broker(broker)
    worker.add("planning", lambda stop: jobs.plan_full_revisions(pool, settings, wakeups, stop))
    worker.add("applying", lambda stop: jobs.apply_completions(pool, settings, wakeups, stop))
    for lane in LANES:
        relay = Relay(pool, publisher, schema=SCHEMA, lane=lane, expand=expand)
        worker.add(f"relay-{lane}", relay.run)


async def migrate_schema() -> Sequence[str]:
    """Bring the ledger's schema up to date; returns what was applied."""
    settings = LedgerDatabaseSettings()  # pyright: ignore[reportCallIssue]
    return await lay_schema(settings.ledger_postgres_dsn.get_secret_value())


async def lay_schema(dsn: str) -> Sequence[str]:
    """Apply the migrations that are missing, and lay the published views anew."""
    folders = [
        CHASSIS_MIGRATIONS,
        Path(__file__).parent / "migrations",
        *(book.migrations for book in books().values()),
    ]
    applied = await migrate(dsn, schema=SCHEMA, folders=folders)
    views = [*(book.view for book in books().values()), shared_views()]
    await lay_views(dsn, schema=SCHEMA, files=views)
    return applied


async def open_api(resources: AsyncExitStack) -> APIRouter:
    """The ledger's part of the API: the books and the feeds."""
    settings = LedgerDatabaseSettings()  # pyright: ignore[reportCallIssue]
    dsn = settings.ledger_postgres_dsn.get_secret_value()
    pool = await open_pool(dsn, application_name="ledger-api")
    resources.push_async_callback(pool.close)
    return build_router(pool)
