"""Who is plugged into whom: the validator's worker. It has no endpoints and no database."""

from services.chassis.broker import open_broker
from services.chassis.clock import utc_now
from services.chassis.process import Worker
from services.chassis.publishing import Publisher
from services.validator import consumers
from services.validator.settings import ValidatorSettings


async def build_worker(worker: Worker) -> None:
    """Both lanes, each with a consumer, a group and a producer of its own."""
    settings = ValidatorSettings()  # pyright: ignore[reportCallIssue]
    bulk = await worker.enter(Publisher.open(settings.kafka_bootstrap))
    live = await worker.enter(Publisher.open(settings.kafka_bootstrap))
    broker = open_broker(settings.kafka_bootstrap, "validator")
    consumers.subscribe_rows(broker, bulk)
    consumers.subscribe_records(broker, live, utc_now)
    worker.add_broker(broker)
