"""The topic of received rows, which all tests share: each reads from where it began."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.topics import ROWS_RECEIVED


@asynccontextmanager
async def read_from(
    bootstrap: str, starts: dict[TopicPartition, int]
) -> AsyncIterator[AIOKafkaConsumer]:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        consumer.assign(list(starts))
        for partition, offset in starts.items():
            consumer.seek(partition, offset)
        yield consumer


async def find_ends(bootstrap: str) -> dict[TopicPartition, int]:
    partitions = [
        TopicPartition(ROWS_RECEIVED.name, number) for number in range(ROWS_RECEIVED.partitions)
    ]
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        consumer.assign(partitions)
        return await consumer.end_offsets(partitions)
