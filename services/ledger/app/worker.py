"""The ledger's worker."""

from services.chassis.broker import open_broker
from services.chassis.database import open_pool
from services.chassis.outbox import Relay
from services.chassis.process import Worker
from services.chassis.publishing import Publisher
from services.ledger import consumers, jobs
from services.ledger.app.schema import SCHEMA
from services.ledger.handlers.applying import BULK_LANE
from services.ledger.handlers.feeding import LIVE_LANE
from services.ledger.handlers.publishing import expand
from services.ledger.settings import LedgerSettings
from services.ledger.wakeups import Wakeups

LANES = ("default", LIVE_LANE, BULK_LANE)


async def build_worker(worker: Worker) -> None:
    """Consumers of both lanes, planning, applying, and a relay per lane of the outbox."""
    settings = LedgerSettings()  # pyright: ignore[reportCallIssue]
    dsn = settings.ledger_postgres_dsn.get_secret_value()
    pool = await worker.enter_pool(open_pool(dsn, application_name="ledger-worker", max_size=12))
    publisher = await worker.enter(Publisher.open(settings.kafka_bootstrap))
    wakeups = Wakeups()
    broker = open_broker(settings.kafka_bootstrap, "ledger")
    consumers.subscribe_rows(broker, publisher, pool, wakeups)
    consumers.subscribe_lifecycle(broker, publisher, pool, wakeups)
    consumers.subscribe_records(broker, publisher, pool)
    worker.add_broker(broker)
    worker.add("planning", lambda stop: jobs.plan_full_revisions(pool, settings, wakeups, stop))
    worker.add("applying", lambda stop: jobs.apply_completions(pool, settings, wakeups, stop))
    worker.add("reverting", lambda stop: jobs.undo_reverted(pool, settings, wakeups, stop))
    worker.add("overdue", lambda stop: jobs.hold_overdue_rows(pool, settings, stop))
    worker.add("unparking", lambda stop: jobs.unpark_rows(pool, settings, stop))
    for lane in LANES:
        relay = Relay(pool, publisher, schema=SCHEMA, lane=lane, expand=expand)
        worker.add(f"relay-{lane}", relay.run)
