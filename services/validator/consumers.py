"""What has happened: rows of files and upstream records have arrived. Decoding, no decisions."""

import json
from datetime import timedelta
from functools import lru_cache, partial
from typing import Any, cast

import orjson
from pydantic import ValidationError

from contracts.envelope import (
    JSON_CONTENT_TYPE,
    READING_HEADER,
    CloudEventAttributes,
    Reading,
    attributes_of,
)
from contracts.topics import RECORDS_SUBMITTED, ROWS_RECEIVED
from services.chassis.broker import Broker
from services.chassis.clock import Clock
from services.chassis.consuming import LIVE, Batch, Record, UnreadableMessage, subscribe
from services.chassis.publishing import Publisher
from services.validator.domain.layouts import BadLayout
from services.validator.domain.received import is_row
from services.validator.domain.rows import RowJudge, UnknownRecordType, compile_judge
from services.validator.domain.submissions import Submission
from services.validator.handlers.records import ReceivedRecord, judge_records
from services.validator.handlers.rows import ReceivedRow, judge_rows
from services.values.problems import ValueProblem

GROUP = "ledgerport-validator"
MAX_REVISIONS_AT_ONCE = 8
MAX_CLOCK_LEAD = timedelta(hours=24)
MAX_NAME_LENGTH = 100
NEEDED_HEADERS = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time")


def subscribe_rows(broker: Broker, publisher: Publisher) -> None:
    """The bulk lane."""

    async def handle(batch: Batch[ReceivedRow]) -> None:
        await judge_rows(publisher, batch.items)

    subscribe(
        broker,
        publisher,
        topic=ROWS_RECEIVED.name,
        group=f"{GROUP}-rows",
        decode=decode_row,
        handle=handle,
    )


def subscribe_records(broker: Broker, publisher: Publisher, clock: Clock) -> None:
    """The live lane: small batches, and hardly any waiting for more."""

    async def handle(batch: Batch[ReceivedRecord]) -> None:
        await judge_records(publisher, batch.items, clock)

    subscribe(
        broker,
        publisher,
        topic=RECORDS_SUBMITTED.name,
        group=f"{GROUP}-records",
        decode=partial(decode_record, clock=clock),
        handle=handle,
        pace=LIVE,
    )


def decode_row(record: Record) -> ReceivedRow:
    """One row of a file; raises UnreadableMessage."""
    for name, value in record.headers:
        if name == READING_HEADER:
            reading: bytes = value
            break
    else:
        raise UnreadableMessage("missing_header", "The header `reading` is missing.")
    judge = _judge_of(reading)
    row = _load(record.value)
    if not is_row(row, judge.width):
        raise UnreadableMessage("wrong_shape", "Not the array of a row of these fields.")
    return ReceivedRow(judge, reading, record.partition, row)


@lru_cache(maxsize=MAX_REVISIONS_AT_ONCE)
def _judge_of(header: bytes) -> RowJudge:
    """Kept for the revisions under way: each remembers the cells that repeat in it."""
    try:
        return compile_judge(Reading.from_header(header))
    except UnknownRecordType:
        raise UnreadableMessage("unknown_record_type", "No record type has this name.") from None
    except BadLayout:
        raise UnreadableMessage("unknown_field", "A field is unknown or repeated.") from None
    except ValueProblem as problem:
        raise UnreadableMessage(problem.code, problem.sentence) from None
    except (ValueError, RecursionError):
        raise UnreadableMessage("wrong_header", "The header `reading` is malformed.") from None


def decode_record(record: Record, clock: Clock) -> ReceivedRecord:
    """One upstream record; raises UnreadableMessage."""
    attributes = _read_attributes(dict(record.headers), clock)
    if not record.key:
        raise UnreadableMessage("missing_key", "The key, the account number, is missing.")
    value: bytes | None = record.value
    record_type, content = _read_content(_load(value))
    submission = Submission(
        source=attributes.source,
        event_id=attributes.id,
        record_type=record_type,
        record=content,
        repeated=_find_repeated(value or b""),
    )
    return ReceivedRecord(record.key, submission)


def _read_attributes(headers: dict[str, bytes], clock: Clock) -> CloudEventAttributes:
    if not all(headers.get(name) for name in NEEDED_HEADERS):
        raise UnreadableMessage("missing_header", "CloudEvents headers are missing.")
    try:
        attributes = attributes_of(headers)
    except (ValidationError, UnicodeDecodeError):
        raise UnreadableMessage("wrong_header", "CloudEvents headers are malformed.") from None
    if not (attributes.id.isprintable() and attributes.source.isprintable()):
        raise UnreadableMessage("wrong_header", "Control characters stand in a header.")
    _check_type(attributes.type, headers.get("content-type", b"application/json"))
    if attributes.time.tzinfo is None:
        raise UnreadableMessage("wrong_header", "`ce_time` names no time zone.")
    if attributes.time > clock() + MAX_CLOCK_LEAD:
        raise UnreadableMessage("future_time", "`ce_time` lies more than a day ahead.")
    return attributes


def _check_type(event_type: str, content_type: bytes) -> None:
    if event_type != RECORDS_SUBMITTED.event_type:
        family = RECORDS_SUBMITTED.event_type.rpartition(".")[0]
        known = event_type.rpartition(".")[0] == family
        code = "unknown_version" if known else "unknown_event_type"
        raise UnreadableMessage(code, "This event type is not read here.")
    media_type = content_type.partition(b";")[0].strip().lower()
    if media_type != JSON_CONTENT_TYPE.encode():
        raise UnreadableMessage("wrong_content_type", "The value is not said to be JSON.")


def _load(value: bytes | None) -> Any:
    if value is None:
        raise UnreadableMessage("missing_value", "The message has no value.")
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise UnreadableMessage("not_json", "The value is not JSON.") from None


def _read_content(value: Any) -> tuple[str, dict[str, Any]]:
    """The record type and the record; what stands in the record is for the verdict to say."""
    content = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    name, record = content.get("record_type"), content.get("record")
    if not (
        isinstance(name, str) and 0 < len(name) <= MAX_NAME_LENGTH and isinstance(record, dict)
    ):
        raise UnreadableMessage("wrong_shape", "Not an object with `record_type` and `record`.")
    return name, cast("dict[str, Any]", record)


def _find_repeated(value: bytes) -> tuple[str, ...]:
    """Names that stand twice in one object; orjson takes the last of them without a word."""
    repeated = dict[str, None]()

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for name, item in pairs:
            if name in content:
                repeated[name] = None
            content[name] = item
        return content

    try:
        json.loads(value, object_pairs_hook=note)
    except (RecursionError, ValueError):
        raise UnreadableMessage("not_json", "The value is nested too deeply.") from None
    return tuple(repeated)
