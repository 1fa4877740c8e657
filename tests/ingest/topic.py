"""The topic of received rows, which all tests share: each reads from where it began."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.topics import ROWS_RECEIVED
from services.chassis.publishing import OutboundMessage, Publisher


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


async def relay_rows(publisher: Publisher, entries: Sequence[Any]) -> list[Any]:
    """Send the rows among the outbox's entries, as the relay does; the other entries."""
    messages = [
        OutboundMessage(
            entry["topic"],
            entry["key"],
            entry["value"],
            tuple((name, text.encode()) for name, text in entry["headers"].items()),
        )
        for entry in entries
        if entry["topic"] == ROWS_RECEIVED.name
    ]
    await publisher.send(messages)
    return [entry for entry in entries if entry["topic"] != ROWS_RECEIVED.name]
