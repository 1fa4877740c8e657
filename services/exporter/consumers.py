"""What has happened: somebody asked for an export on the topic. Decoding, no decisions."""

from datetime import timedelta
from functools import partial

import asyncpg
import orjson
from pydantic import ValidationError

from contracts.envelope import CloudEventAttributes, attributes_of
from contracts.events.exports import ExportRequested
from contracts.topics import EXPORTS_REQUESTED
from services.chassis.broker import Broker
from services.chassis.clock import Clock
from services.chassis.consuming import LIVE, Batch, Record, UnreadableMessage, subscribe
from services.chassis.database import Connection, in_transaction
from services.chassis.publishing import Publisher
from services.exporter.handlers.asking import Asked, ask_by_event

GROUP = "ledgerport-exporter-requests"
MAX_CLOCK_LEAD = timedelta(hours=24)


def subscribe_requests(
    broker: Broker, publisher: Publisher, pool: asyncpg.Pool, clock: Clock
) -> None:
    async def handle(batch: Batch[Asked]) -> None:
        async def work(connection: Connection) -> None:
            for asked in batch.items:
                await ask_by_event(connection, asked)

        await in_transaction(pool, work)

    subscribe(
        broker,
        publisher,
        topic=EXPORTS_REQUESTED.name,
        group=GROUP,
        decode=partial(decode_request, clock=clock),
        handle=handle,
        pace=LIVE,
    )


def decode_request(record: Record, clock: Clock) -> Asked:
    """A CloudEvent that asks for an export; raises UnreadableMessage."""
    try:
        attributes = attributes_of(dict(record.headers))
    except (ValidationError, UnicodeDecodeError):
        raise UnreadableMessage("wrong_header", "CloudEvents headers are missing.") from None
    _check(attributes, clock)
    try:
        request = ExportRequested.model_validate(orjson.loads(record.value or b""))
    except (ValidationError, ValueError):
        raise UnreadableMessage("not_readable", "Not a request for an export.") from None
    return Asked(attributes.source, attributes.id, request.query)


def _check(attributes: CloudEventAttributes, clock: Clock) -> None:
    if attributes.type != EXPORTS_REQUESTED.event_type:
        family = EXPORTS_REQUESTED.event_type.rpartition(".")[0]
        known = attributes.type.rpartition(".")[0] == family
        code = "unknown_version" if known else "unknown_event_type"
        raise UnreadableMessage(code, "This event type is not read here.")
    if not (attributes.id.isprintable() and attributes.source.isprintable()):
        raise UnreadableMessage("wrong_header", "Control characters stand in a header.")
    if attributes.time.tzinfo is None:
        raise UnreadableMessage("wrong_header", "`ce_time` names no time zone.")
    if attributes.time > clock() + MAX_CLOCK_LEAD:
        raise UnreadableMessage("future_time", "`ce_time` lies more than a day ahead.")
