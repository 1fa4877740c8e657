"""What has happened: somebody asked for an export on the topic."""

from typing import Any, NamedTuple

import asyncpg
import orjson
from aiokafka import ConsumerRecord
from pydantic import ValidationError

from contracts.envelope import attributes_of
from contracts.events.exports import ExportRequested
from contracts.topics import EXPORTS_REQUESTED
from services.chassis.broker import Broker
from services.chassis.consuming import LIVE, Batch, UnreadableMessage, subscribe
from services.chassis.database import Connection, in_transaction
from services.chassis.publishing import Publisher
from services.exporter.handlers.asking import ask_by_event

GROUP = "ledgerport-exporter-requests"


class Asked(NamedTuple):
    source: str
    event_id: str
    query: dict[str, Any]


def subscribe_requests(broker: Broker, publisher: Publisher, pool: asyncpg.Pool) -> None:
    async def handle(batch: Batch[Asked]) -> None:
        async def work(connection: Connection) -> None:
            for asked in batch.items:
                await ask_by_event(
                    connection, asked.query, source=asked.source, event_id=asked.event_id
                )

        await in_transaction(pool, work)

    subscribe(
        broker,
        publisher,
        topic=EXPORTS_REQUESTED.name,
        group=GROUP,
        decode=decode_request,
        handle=handle,
        pace=LIVE,
    )


def decode_request(record: ConsumerRecord[Any, Any]) -> Asked:
    """A CloudEvent that asks for an export; raises UnreadableMessage."""
    try:
        attributes = attributes_of(dict(record.headers))
        content = orjson.loads(record.value or b"")
        request = ExportRequested.model_validate(content)
    except (ValidationError, ValueError, TypeError):
        raise UnreadableMessage("not_readable", "Not a request for an export.") from None
    if attributes.type != EXPORTS_REQUESTED.event_type:
        raise UnreadableMessage("unknown_version", "The event's type or version is unknown.")
    return Asked(attributes.source, attributes.id, request.query)
