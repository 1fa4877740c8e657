"""What has happened: verdicts of both lanes, and the lives of imports. Decoding, no decisions."""

from functools import lru_cache
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from aiokafka import ConsumerRecord
from pydantic import ValidationError

from contracts.envelope import READING_HEADER, Reading
from contracts.events.import_lifecycle import IMPORT_LIFECYCLE as LIFECYCLE_EVENT
from contracts.events.import_lifecycle import AnyStep
from contracts.events.records_judged import RecordJudged
from contracts.records import record_types
from contracts.topics import IMPORT_LIFECYCLE, RECORDS_JUDGED, ROWS_JUDGED
from services.chassis.broker import Broker
from services.chassis.consuming import LIVE, Batch, UnreadableMessage, subscribe
from services.chassis.publishing import Publisher
from services.ledger.domain.judged import is_judged
from services.ledger.handlers.feeding import settle_batch
from services.ledger.handlers.lifecycle import follow
from services.ledger.handlers.staging import JudgedRow, stage_batch
from services.ledger.wakeups import Wakeups

GROUP = "ledgerport-ledger"


def subscribe_rows(
    broker: Broker, publisher: Publisher, pool: asyncpg.Pool, wakeups: Wakeups
) -> None:
    """The bulk lane: rows judged."""

    async def handle(batch: Batch[JudgedRow]) -> None:
        await stage_batch(pool, batch.items)
        wakeups.planning.set()

    subscribe(
        broker,
        publisher,
        topic=ROWS_JUDGED.name,
        group=f"{GROUP}-rows",
        decode=decode_judged,
        handle=handle,
    )


def subscribe_lifecycle(
    broker: Broker, publisher: Publisher, pool: asyncpg.Pool, wakeups: Wakeups
) -> None:
    """The lives of imports."""

    async def handle(batch: Batch[AnyStep]) -> None:
        for event in batch.items:
            await follow(pool, event)
        wakeups.planning.set()
        wakeups.applying.set()
        wakeups.reverting.set()

    subscribe(
        broker,
        publisher,
        topic=IMPORT_LIFECYCLE.name,
        group=f"{GROUP}-lifecycle",
        decode=decode_lifecycle,
        handle=handle,
        pace=LIVE,
    )


def subscribe_records(broker: Broker, publisher: Publisher, pool: asyncpg.Pool) -> None:
    """The live lane: upstream records judged."""

    async def handle(batch: Batch[RecordJudged]) -> None:
        await settle_batch(pool, batch.items)

    subscribe(
        broker,
        publisher,
        topic=RECORDS_JUDGED.name,
        group=f"{GROUP}-records",
        decode=decode_record,
        handle=handle,
        pace=LIVE,
    )


@lru_cache(maxsize=256)
def _parse_reading(header: bytes) -> tuple[UUID, int, int, str | None]:
    reading = Reading.from_header(header)
    record_type = record_types().get(reading.record_type)
    if record_type is None:
        raise UnreadableMessage("unknown_record_type", "No record type has this name.")
    return reading.import_id, reading.revision, len(record_type.fields), reading.validator


def decode_judged(record: ConsumerRecord[Any, Any]) -> JudgedRow:
    """One verdict of the bulk lane; raises UnreadableMessage."""
    try:
        import_id, revision, fields, validator = _parse_reading(
            dict(record.headers)[READING_HEADER]
        )
        judged = orjson.loads(record.value or b"")
    except KeyError:
        raise UnreadableMessage("missing_header", "The header `reading` is missing.") from None
    except (ValidationError, ValueError, TypeError):
        raise UnreadableMessage("not_readable", "Not a verdict on a row.") from None
    if not is_judged(judged, fields):
        raise UnreadableMessage("wrong_shape", "Not the array of a verdict.")
    return JudgedRow(import_id, revision, judged, validator)


def decode_lifecycle(record: ConsumerRecord[Any, Any]) -> AnyStep:
    try:
        return LIFECYCLE_EVENT.validate_json(record.value or b"")
    except (ValidationError, ValueError, TypeError):
        raise UnreadableMessage("not_readable", "Not a step in the life of an import.") from None


def decode_record(record: ConsumerRecord[Any, Any]) -> RecordJudged:
    try:
        return RecordJudged.model_validate_json(record.value or b"")
    except (ValidationError, ValueError, TypeError):
        raise UnreadableMessage("not_readable", "Not a verdict on a record.") from None
