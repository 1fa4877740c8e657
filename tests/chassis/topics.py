"""What tests of the chassis look at on a broker, from outside of what they test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.chassis.broker import Broker
from tests.conftest import Kafka

PATIENCE_SECONDS = 60


@asynccontextmanager
async def running(broker: Broker) -> AsyncIterator[None]:
    await broker.faststream.start()
    try:
        yield
    finally:
        await broker.faststream.stop()


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not reached():
            await asyncio.sleep(0.02)


async def read(kafka: Kafka, topic: str, count: int) -> list[Any]:
    """The first messages of a topic, in the order per partition."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    records: list[Any] = []
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(records) < count:
                for part in (await consumer.getmany(timeout_ms=500)).values():
                    records += part
    finally:
        await consumer.stop()
    return records


async def count_messages(kafka: Kafka, topic: str, partitions: int = 1) -> int:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap)
    await consumer.start()
    try:
        parts = [TopicPartition(topic, number) for number in range(partitions)]
        return sum((await consumer.end_offsets(parts)).values())
    finally:
        await consumer.stop()


async def committed(kafka: Kafka, group: str, topic: str, partitions: int = 1) -> int:
    """The sum of a group's committed offsets."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, group_id=group)
    await consumer.start()
    try:
        parts = [TopicPartition(topic, number) for number in range(partitions)]
        return sum([await consumer.committed(part) or 0 for part in parts])
    finally:
        await consumer.stop()
