"""Consuming against a real broker: commits, repeats, poison, and what stops the process."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.chassis.broker import open_broker
from services.chassis.consuming import Batch, UnreadableMessage, subscribe
from services.chassis.publishing import BulkWriter, OutboundMessage, Publisher
from tests.chassis.topics import PATIENCE_SECONDS, committed, count_messages, read, running, until
from tests.conftest import Kafka


@pytest.fixture
async def publisher(kafka: Kafka) -> AsyncIterator[Publisher]:
    publisher = await Publisher.open(kafka.bootstrap)
    yield publisher
    await publisher.close()


def decode(record: Any) -> str:
    if record.value == b"poison":
        raise UnreadableMessage("not_json", "It cannot be read.")
    return record.value.decode()


async def test_one_unreadable_message_goes_to_the_dead_letters_and_the_rest_goes_on(
    kafka: Kafka, publisher: Publisher
) -> None:
    topic = await kafka.create_topic()
    values = [b"a", b"poison", b"b"]
    await publisher.send([OutboundMessage(topic, b"k", value, (("h", b"1"),)) for value in values])
    seen: list[str] = []

    async def handle(batch: Batch[str]) -> None:
        seen.extend(batch.items)

    broker = open_broker(kafka.bootstrap, "test")
    subscribe(broker, publisher, topic=topic, group=f"g-{topic}", decode=decode, handle=handle)
    async with running(broker):
        await until(lambda: seen == ["a", "b"])
    (letter,) = await read(kafka, f"{topic}.dlq", 1)
    headers = dict(letter.headers)
    assert letter.value == b"poison"
    assert (headers["dlq-code"], headers["dlq-offset"], headers["h"]) == (b"not_json", b"1", b"1")
    assert await committed(kafka, f"g-{topic}", topic, 1) == 3


async def test_a_batch_that_fails_is_tried_again_whole_over_all_its_partitions(
    kafka: Kafka, publisher: Publisher
) -> None:
    topic = await kafka.create_topic(partitions=3)
    writer = BulkWriter(publisher, topic)
    for number in range(30):
        writer.append(number % 3, str(number).encode())
    await writer.drain()
    failures, seen = [3], list[str]()

    async def handle(batch: Batch[str]) -> None:
        if failures[0]:
            failures[0] -= 1
            raise ConnectionError
        seen.extend(batch.items)

    broker = open_broker(kafka.bootstrap, "test")
    subscribe(broker, publisher, topic=topic, group=f"g-{topic}", decode=decode, handle=handle)
    async with running(broker):
        await until(lambda: len(seen) >= 30)
    assert sorted(map(int, seen)) == list(range(30))
    assert await committed(kafka, f"g-{topic}", topic, 3) == 30


FAILING = """
import asyncio, sys
from services.chassis.broker import open_broker
from services.chassis.consuming import Pace, UnreadableMessage, subscribe
from services.chassis.publishing import Publisher

async def main(bootstrap, topic, what):
    publisher = await Publisher.open(bootstrap)
    broker = open_broker(bootstrap, "test")
    def decode(record):
        if what == "flood":
            raise UnreadableMessage("no", "no")
        if what == "bug":
            raise KeyError("ours")
        return record.value
    async def handle(batch):
        raise ConnectionError
    subscribe(broker, publisher, topic=topic, group="g-" + topic, decode=decode, handle=handle,
              pace=Pace(retries=2, dead_letters=10))
    await broker.faststream.start()
    await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("what", ["flood", "fault", "bug"])
async def test_a_flood_of_dead_letters_a_lasting_fault_or_a_broken_decoder_stops_the_process(
    kafka: Kafka, publisher: Publisher, what: str
) -> None:
    topic = await kafka.create_topic()
    await publisher.send([OutboundMessage(topic, None, b"x") for _ in range(50)])
    process = subprocess.Popen(
        [sys.executable, "-c", FAILING, kafka.bootstrap, topic, what], env=os.environ
    )
    assert await asyncio.to_thread(process.wait, PATIENCE_SECONDS) == 70
    assert await committed(kafka, f"g-{topic}", topic, 1) == 0
    assert await count_messages(kafka, f"{topic}.dlq") == 0
