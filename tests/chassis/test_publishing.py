"""Publishing on a real broker: routing, order, limits, and what happens when the broker is away."""

import asyncio
import signal
from collections import defaultdict
from collections.abc import AsyncIterator

import pytest
from aiokafka.errors import KafkaError

from services.chassis.publishing import (
    LARGEST_MESSAGE_BYTES,
    PUBLISHING_ERRORS,
    BulkWriter,
    MessageTooLargeError,
    OutboundMessage,
    Publisher,
)
from tests.chassis.topics import PATIENCE_SECONDS, read
from tests.conftest import Kafka
from tests.stack import Stack


@pytest.fixture
async def publisher(kafka: Kafka) -> AsyncIterator[Publisher]:
    publisher = await Publisher.open(kafka.bootstrap)
    yield publisher
    await publisher.close()


async def test_messages_with_one_key_stay_together_and_in_order(
    kafka: Kafka, publisher: Publisher
) -> None:
    topic = await kafka.create_topic(partitions=3)
    for start in range(0, 300, 100):
        await publisher.send(
            [
                OutboundMessage(topic, f"key-{n % 7}".encode(), b"%d" % n)
                for n in range(start, start + 100)
            ]
        )
    by_key: defaultdict[bytes, list[tuple[int, int]]] = defaultdict(list)
    for record in await read(kafka, topic, 300):
        by_key[record.key].append((record.partition, int(record.value)))
    assert len({partition for found in by_key.values() for partition, _ in found}) > 1
    for found in by_key.values():
        assert len({partition for partition, _ in found}) == 1
        assert [number for _, number in found] == sorted(number for _, number in found)


async def test_messages_without_a_key_are_laid_on_all_partitions(
    kafka: Kafka, publisher: Publisher
) -> None:
    topic = await kafka.create_topic(partitions=3)
    await publisher.send([OutboundMessage(topic, None, b"x") for _ in range(9)])
    records = await read(kafka, topic, 9)
    counts = [sum(record.partition == number for record in records) for number in range(3)]
    assert counts == [3, 3, 3]


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
async def test_a_bulk_writer_keeps_every_row_its_headers_and_their_order(
    kafka: Kafka, publisher: Publisher, compression: str | None
) -> None:
    topic = await kafka.create_topic(partitions=2)
    writer = BulkWriter(publisher, topic, batch_bytes=2_000, in_flight=2, compression=compression)
    headers = [("reading", b"\xff not text")]
    rows = [b"row %d" % number for number in range(2_000)]
    for start in range(0, 1_000, 50):
        writer.extend(0, rows[start : start + 50], headers=headers)
        for row in rows[1_000 + start : 1_050 + start]:
            writer.append(1, row, key=b"k", headers=headers)
        if writer.full:
            await writer.make_room()
    await writer.drain()
    records = await read(kafka, topic, 2_000)
    for partition, key in ((0, None), (1, b"k")):
        part = [record for record in records if record.partition == partition]
        assert [record.value for record in part] == rows[partition * 1_000 :][:1_000]
        assert {(record.key, tuple(record.headers)) for record in part} == {(key, tuple(headers))}


async def test_a_message_beyond_the_limit_is_refused_and_spoils_nothing(
    kafka: Kafka, publisher: Publisher
) -> None:
    topic = await kafka.create_topic()
    largest = b"x" * (LARGEST_MESSAGE_BYTES - 200)
    with pytest.raises(MessageTooLargeError):
        await publisher.send(
            [OutboundMessage(topic, None, b"a"), OutboundMessage(topic, None, largest + b"y" * 300)]
        )
    writer = BulkWriter(publisher, topic)
    writer.append(0, b"before")
    with pytest.raises(MessageTooLargeError):
        writer.append(0, b"small", headers=[("large", largest + b"y" * 300)])
    with pytest.raises(MessageTooLargeError):
        writer.extend(0, [b"in between", largest + b"y" * 300])
    writer.append(0, largest)
    writer.append(0, b"after")
    await writer.drain()
    sizes = [len(record.value) for record in await read(kafka, topic, 4)]
    assert sizes == [len(b"before"), len(b"in between"), len(largest), len(b"after")]


async def test_no_acknowledgement_in_time_is_an_error_and_the_next_try_succeeds(
    kafka: Kafka, held_stack: Stack
) -> None:
    topic = await kafka.create_topic()
    publisher = await Publisher.open(kafka.bootstrap, delivery_seconds=1.0)
    await publisher.send([OutboundMessage(topic, None, b"before")])
    held_stack.kill("kafka", signal.SIGSTOP)
    try:
        with pytest.raises(PUBLISHING_ERRORS):
            await publisher.send([OutboundMessage(topic, None, b"lost or not")])
    finally:
        held_stack.kill("kafka", signal.SIGCONT)
    await until_sent(publisher, OutboundMessage(topic, None, b"after"))
    values = [record.value for record in await read(kafka, topic, 2)]
    assert (values[0], values[-1]) in ((b"before", b"after"), (b"before", b"lost or not"))
    await asyncio.wait_for(publisher.close(), PATIENCE_SECONDS)


async def test_a_publisher_outlives_the_death_of_its_broker(
    kafka: Kafka, publisher: Publisher, held_stack: Stack
) -> None:
    topic = await kafka.create_topic()
    await publisher.send([OutboundMessage(topic, None, b"0")])
    held_stack.restart("kafka")
    for number in range(1, 5):
        await until_sent(publisher, OutboundMessage(topic, None, b"%d" % number))
    values = [record.value for record in await read(kafka, topic, 5)]
    assert sorted(set(values)) == [b"0", b"1", b"2", b"3", b"4"]


async def test_a_topic_that_is_not_there_is_an_error_in_bounded_time(publisher: Publisher) -> None:
    with pytest.raises(KafkaError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await publisher.send([OutboundMessage("no-such-topic", None, b"x")])


async def until_sent(publisher: Publisher, message: OutboundMessage) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                await publisher.send([message])
                return
            except PUBLISHING_ERRORS:
                continue
