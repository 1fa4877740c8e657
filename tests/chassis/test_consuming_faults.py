"""Consuming against a real broker: crashes, hand-overs, broken messages, and hanging consumers."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from faststream import AckPolicy

from services.chassis.broker import open_broker
from services.chassis.consuming import Batch, Pace, Record, UnreadableMessage, subscribe
from services.chassis.consuming.watching import Watch
from services.chassis.publishing import (
    LARGEST_MESSAGE_BYTES,
    BulkWriter,
    OutboundMessage,
    Publisher,
)
from tests.chassis.topics import (
    PATIENCE_SECONDS,
    committed,
    count_messages,
    read,
    running,
    until,
)
from tests.conftest import Kafka


@pytest.fixture
async def publisher(kafka: Kafka) -> AsyncIterator[Publisher]:
    publisher = await Publisher.open(kafka.bootstrap)
    yield publisher
    await publisher.close()


async def fill(publisher: Publisher, topic: str, count: int, partitions: int) -> None:
    """Numbers from 0 on, dealt out to the partitions in turn."""
    writer = BulkWriter(publisher, topic)
    for number in range(count):
        writer.append(number % partitions, b"%d" % number)
    await writer.drain()


def decode_number(record: Record) -> int:
    return int(record.value)


def decode_nothing(_record: Record) -> int:
    raise UnreadableMessage("not_json", "It cannot be read.")


def collect(into: list[int]) -> Callable[[Batch[int]], Any]:
    async def handle(batch: Batch[int]) -> None:
        into.extend(batch.items)

    return handle


async def test_headers_that_are_no_text_disturb_nobody(kafka: Kafka, publisher: Publisher) -> None:
    topic, answers = await kafka.create_topic(), await kafka.create_topic()
    headers = (("odd", b"\xff\xfe"), ("reply_to", answers.encode()), ("content-type", b"\xff"))
    await publisher.send([OutboundMessage(topic, None, b"1", headers)])
    seen: list[int] = []
    broker = open_broker(kafka.bootstrap, "test")
    subscribe(
        broker,
        publisher,
        topic=topic,
        group=f"g-{topic}",
        decode=decode_number,
        handle=collect(seen),
    )
    async with running(broker):
        await until(lambda: seen == [1])
    assert await committed(kafka, f"g-{topic}", topic) == 1
    assert await count_messages(kafka, answers) == 0


async def test_dead_letters_keep_nothing_as_nothing_and_leave_out_what_does_not_fit(
    kafka: Kafka, publisher: Publisher
) -> None:
    topic = await kafka.create_topic()
    largest = b"x" * (LARGEST_MESSAGE_BYTES - 150)
    await publisher.send(
        [OutboundMessage(topic, b"k", None), OutboundMessage(topic, None, largest)]
    )
    broker = open_broker(kafka.bootstrap, "test")
    subscribe(
        broker,
        publisher,
        topic=topic,
        group=f"g-{topic}",
        decode=decode_nothing,
        handle=collect([]),
    )
    async with running(broker):
        empty, large = await read(kafka, f"{topic}.dlq", 2)
    assert (empty.key, empty.value) == (b"k", None)
    assert large.value is None
    assert dict(large.headers)["dlq-left-out"] == b"message"
    assert [dict(letter.headers)["dlq-offset"] for letter in (empty, large)] == [b"0", b"1"]


CRASHING = """
import asyncio, sys
from services.chassis import crash_points
from services.chassis.broker import open_broker
from services.chassis.consuming import subscribe
from services.chassis.publishing import Publisher

async def main(bootstrap, topic, group):
    crash_points.configure(f"{group}.before_ack")
    publisher = await Publisher.open(bootstrap)
    broker = open_broker(bootstrap, "test")
    async def handle(batch):
        print(len(batch.items), flush=True)
    subscribe(broker, publisher, topic=topic, group=group, decode=lambda one: one, handle=handle)
    await broker.faststream.start()
    await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_batch_over_several_partitions_comes_again_whole_after_a_crash(
    kafka: Kafka, publisher: Publisher
) -> None:
    topic = await kafka.create_topic(partitions=3)
    await fill(publisher, topic, 30, 3)
    group = f"g-{topic}"
    crashed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", CRASHING, kafka.bootstrap, topic, group],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=PATIENCE_SECONDS,
    )
    assert crashed.returncode == -signal.SIGKILL
    assert int(crashed.stdout.split()[0]) > 0
    assert await committed(kafka, group, topic, 3) == 0
    seen: list[int] = []
    broker = open_broker(kafka.bootstrap, "test")
    subscribe(
        broker, publisher, topic=topic, group=group, decode=decode_number, handle=collect(seen)
    )
    async with running(broker):
        await until(lambda: len(seen) >= 30)
    assert sorted(seen) == list(range(30))
    assert await committed(kafka, group, topic, 3) == 30


async def test_faststream_rewinds_every_partition_of_a_refused_batch(
    kafka: Kafka, publisher: Publisher
) -> None:
    """Not our way, but what its versions before 0.7.8 got wrong: whoever upgrades is told."""
    topic = await kafka.create_topic(partitions=3)
    await fill(publisher, topic, 30, 3)
    deliveries: list[list[int]] = []
    broker = open_broker(kafka.bootstrap, "test").faststream

    async def keep(message: Any) -> Any:
        return message

    @broker.subscriber(
        topic,
        batch=True,
        group_id=f"g-{topic}",
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        decoder=keep,
    )
    async def handle(message: Any) -> None:
        refused = not deliveries
        deliveries.append([int(record.value) for record in message.raw_message])
        await (message.nack() if refused else message.ack())

    await broker.start()
    try:
        await until(lambda: len({number for one in deliveries[1:] for number in one}) == 30)
    finally:
        await broker.stop()


async def test_a_consumer_in_trouble_hands_over_and_nothing_is_lost(
    kafka: Kafka, publisher: Publisher
) -> None:
    topic = await kafka.create_topic(partitions=4)
    await fill(publisher, topic, 400, 4)
    group, in_trouble = f"g-{topic}", True
    first, second = list[int](), list[int]()

    async def struggle(batch: Batch[int]) -> None:
        if in_trouble:
            raise ConnectionError
        first.extend(batch.items)

    struggling = open_broker(kafka.bootstrap, "struggling")
    subscribe(
        struggling,
        publisher,
        topic=topic,
        group=group,
        decode=decode_number,
        handle=struggle,
        pace=Pace(retries=1_000),
    )
    healthy = open_broker(kafka.bootstrap, "healthy")
    subscribe(
        healthy, publisher, topic=topic, group=group, decode=decode_number, handle=collect(second)
    )
    async with running(struggling), running(healthy):
        await until(lambda: len(set(second)) == 200)
        assert first == []
        in_trouble = False
        await until(lambda: len({*first, *second}) == 400)
    assert await committed(kafka, group, topic, 4) == 400


async def test_a_consumer_that_is_stopped_while_it_retries_ends_soon_and_commits_nothing(
    kafka: Kafka, publisher: Publisher
) -> None:
    topic = await kafka.create_topic()
    await fill(publisher, topic, 10, 1)
    tried = asyncio.Event()

    async def fail_always(_batch: Batch[int]) -> None:
        tried.set()
        raise ConnectionError

    broker = open_broker(kafka.bootstrap, "test")
    subscribe(
        broker,
        publisher,
        topic=topic,
        group=f"g-{topic}",
        decode=decode_number,
        handle=fail_always,
        pace=Pace(retries=1_000),
    )
    await broker.faststream.start()
    await asyncio.wait_for(tried.wait(), PATIENCE_SECONDS)
    await asyncio.wait_for(broker.faststream.stop(), PATIENCE_SECONDS)
    assert await committed(kafka, f"g-{topic}", topic) == 0


async def test_a_consumer_that_hangs_ends_its_process(kafka: Kafka, publisher: Publisher) -> None:
    topic = await kafka.create_topic()
    seen: list[int] = []
    broker = open_broker(kafka.bootstrap, "test")
    subscription = subscribe(
        broker,
        publisher,
        topic=topic,
        group=f"g-{topic}",
        decode=decode_number,
        handle=collect(seen),
    )
    async with running(broker):
        await fill(publisher, topic, 10, 1)
        await until(lambda: len(seen) == 10)
        consumer = subscription.consumer
        assert consumer is not None
        reasons: list[str] = []
        watch = Watch(topic=topic, group="g", stalled_seconds=0, fail=reasons.append)
        await watch.look(consumer)
        await watch.look(consumer)
        assert reasons == []
        consumer.pause(*consumer.assignment())
        await fill(publisher, topic, 10, 1)
        await watch.look(consumer)
        await watch.look(consumer)
    assert set(reasons) == {f"g: no progress on {topic}"}
