"""The worker as it runs: what goes onto its topics in, and what comes out, through crashes too."""

# aiokafka comes without types
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer

from contracts.envelope import READING_HEADER, Reading, cloud_event_headers
from contracts.events.records_judged import RecordJudged
from contracts.topics import (
    RECORDS_JUDGED,
    RECORDS_SUBMITTED,
    ROWS_JUDGED,
    ROWS_RECEIVED,
)
from services.chassis.publishing import BulkWriter, OutboundMessage, Publisher
from tests.stack import Stack

PATIENCE_SECONDS = 60
WORKER = "validator-worker"


@pytest.fixture
def worker(held_stack: Stack) -> Stack:
    held_stack.bring_up(WORKER)
    held_stack.wait_ready(WORKER)
    return held_stack


@pytest.fixture
async def publisher(worker: Stack) -> AsyncIterator[Publisher]:
    publisher = await Publisher.open(worker.kafka_bootstrap)
    yield publisher
    await publisher.close()


@asynccontextmanager
async def reading_from(stack: Stack, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of everything on a topic."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=stack.kafka_bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def collect(stack: Stack, topic: str, wanted: Callable[[Any], bool], count: int) -> list[Any]:
    """The first so many wanted messages."""
    return await collect_until(stack, topic, wanted, lambda found: len(found) >= count)


async def collect_until(
    stack: Stack,
    topic: str,
    wanted: Callable[[Any], bool],
    complete: Callable[[list[Any]], bool],
) -> list[Any]:
    found: list[Any] = []
    async with reading_from(stack, topic) as consumer, asyncio.timeout(PATIENCE_SECONDS):
        while not complete(found):
            record = await consumer.getone()
            if wanted(record):
                found.append(record)
    return found


def make_reading() -> bytes:
    reading = Reading(
        import_id=uuid.uuid4(),
        revision=1,
        record_type="accounts",
        fields=("AccountName", "Balance"),
    )
    return reading.to_header()


async def send_rows(publisher: Publisher, reading: bytes, values: list[bytes]) -> None:
    writer = BulkWriter(publisher, ROWS_RECEIVED.name)
    for number, value in enumerate(values):
        writer.append(number % 4, value, headers=[(READING_HEADER, reading)])
    await writer.drain()


def row(number: int) -> bytes:
    return orjson.dumps([number, 1, [f"Name {number}", "12x" if number % 10 == 0 else "5.00"]])


def of_reading(reading: bytes) -> Callable[[Any], bool]:
    """Messages of the same import; a verdict's header says by which rules besides."""
    wanted = Reading.from_header(reading).import_id

    def is_of_reading(record: Any) -> bool:
        header = dict(record.headers).get(READING_HEADER)
        return header is not None and Reading.from_header(header).import_id == wanted

    return is_of_reading


async def test_each_row_has_one_verdict_on_the_partition_of_its_number(
    worker: Stack, publisher: Publisher
) -> None:
    reading = make_reading()
    await send_rows(publisher, reading, [row(number) for number in range(1, 1201)])
    records = await collect(worker, ROWS_JUDGED.name, of_reading(reading), 1200)
    verdicts = [(record.partition, orjson.loads(record.value)) for record in records]
    assert sorted(verdict[1] for _, verdict in verdicts) == list(range(1, 1201))
    assert all(partition == (verdict[1] - 1) % 4 for partition, verdict in verdicts)
    rejected = sorted(verdict[1] for _, verdict in verdicts if verdict[0] == "rejected")
    assert rejected == list(range(10, 1201, 10))


async def test_an_unreadable_row_is_set_aside_and_the_others_are_judged(
    worker: Stack, publisher: Publisher
) -> None:
    reading = make_reading()
    await send_rows(publisher, reading, [row(1), b"not json", row(2)])
    records = await collect(worker, ROWS_JUDGED.name, of_reading(reading), 2)
    letters = await collect(worker, ROWS_RECEIVED.dead_letters, of_reading(reading), 1)
    assert {orjson.loads(record.value)[1] for record in records} == {1, 2}
    assert letters[0].value == b"not json"
    assert dict(letters[0].headers)["dlq-code"] == b"not_json"


@pytest.mark.parametrize(("point", "at_least"), [("before_send", 100), ("after_send", 101)])
async def test_a_worker_that_dies_leaves_no_row_without_a_verdict(
    worker: Stack, publisher: Publisher, point: str, at_least: int
) -> None:
    worker.set_for_next_start(WORKER, {"LEDGERPORT_CRASH_POINT": f"validator.{point}"})
    worker.restart(WORKER)
    starts = worker.unit(WORKER).starts
    reading = make_reading()
    await send_rows(publisher, reading, [row(number) for number in range(1, 101)])
    worker.wait_ready(WORKER, starts=starts + 1)

    def complete(records: list[Any]) -> bool:
        judged = {orjson.loads(record.value)[1] for record in records}
        return len(records) >= at_least and judged == set(range(1, 101))

    records = await collect_until(worker, ROWS_JUDGED.name, of_reading(reading), complete)
    # Said twice, it is the same: the books take one of them.
    assert len({record.value for record in records}) == 100


def submission(event_id: str, key: bytes | None, value: bytes, **headers: bytes) -> OutboundMessage:
    stated = dict(
        cloud_event_headers(
            event_id=event_id,
            source="/tests/validator",
            event_type=RECORDS_SUBMITTED.event_type,
            time="2026-01-02T03:04:05Z",
        )
    )
    return OutboundMessage(RECORDS_SUBMITTED.name, key, value, tuple({**stated, **headers}.items()))


async def test_upstream_records_are_judged_under_their_own_key(
    worker: Stack, publisher: Publisher
) -> None:
    good, bad = str(uuid.uuid4()), str(uuid.uuid4())
    key = f"AC-{good}".encode()
    payment = {"AccountNumber": key.decode(), "Type": "fee", "TransactionDate": "2024-02-01"}
    contents = {good: {**payment, "Amount": "5.00"}, bad: {**payment, "Amount": 5.5}}
    await publisher.send(
        [
            submission(id_, key, orjson.dumps({"record_type": "transactions", "record": content}))
            for id_, content in contents.items()
        ]
    )
    records = await collect(worker, RECORDS_JUDGED.name, lambda record: record.key == key, 2)
    judged = {item.event_id: item for item in map(decode_judged, records)}
    assert judged[good].verdict == "accepted"
    assert [item.code for item in judged[bad].violations] == ["inexact_number"]


def decode_judged(record: Any) -> RecordJudged:
    return RecordJudged.model_validate_json(record.value)


async def test_unreadable_records_are_set_aside_once_each_with_their_reason(
    worker: Stack, publisher: Publisher
) -> None:
    mark = str(uuid.uuid4())
    good = orjson.dumps({"record_type": "accounts", "record": {}})
    await publisher.send(
        [
            submission(f"{mark}/1", b"k", b"\xff\xfe"),
            submission(f"{mark}/2", b"k", good, ce_type=b"ledgerport.records-submitted.v9"),
            submission(f"{mark}/3", None, good),
            submission(f"{mark}/4", b"k", good, ce_time=b"2999-01-01T00:00:00Z"),
        ]
    )
    letters = await collect(
        worker,
        RECORDS_SUBMITTED.dead_letters,
        lambda record: dict(record.headers)["ce_id"].startswith(mark.encode()),
        4,
    )
    codes = {dict(item.headers)["ce_id"][-1:]: dict(item.headers)["dlq-code"] for item in letters}
    assert codes == {
        b"1": b"not_json",
        b"2": b"unknown_version",
        b"3": b"missing_key",
        b"4": b"future_time",
    }
