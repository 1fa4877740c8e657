"""Reading a topic once, from a moment on to its end. What a message means is not known here."""

# aiokafka comes without types
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Protocol

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from prove.access import ProofImpossible

_POLL_MS = 250
_PATIENCE_SECONDS = 30.0
Headers = list[tuple[str, bytes]]


class Reader(Protocol):
    """Takes the messages of a topic; `is_complete` says when no more are missing."""

    def take(self, value: bytes, headers: Headers) -> None: ...

    def is_complete(self) -> bool: ...


async def read_topic(bootstrap: str, topic: str, reader: Reader, *, since: datetime) -> bool:
    """Whether the topic still holds all of that time. Raises ProofImpossible.

    While the reader misses something, it waits a moment for what is on its way.
    """
    try:
        async with _open(bootstrap, topic) as (consumer, partitions):
            expired = await _start_at(consumer, partitions, since)
            await _read(consumer, partitions, reader, patient=not expired)
            return not expired
    except (KafkaError, OSError) as error:
        raise ProofImpossible(f"The events cannot be read: {error}.") from None


@asynccontextmanager
async def _open(
    bootstrap: str, topic: str
) -> AsyncGenerator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    await admin.start()
    try:
        [described] = await admin.describe_topics([topic])
        await consumer.start()
        partitions = [TopicPartition(topic, it["partition"]) for it in described["partitions"]]
        consumer.assign(partitions)
        yield consumer, partitions
    finally:
        await consumer.stop()
        await admin.close()


async def _read(
    consumer: AIOKafkaConsumer,
    partitions: list[TopicPartition],
    reader: Reader,
    *,
    patient: bool,
) -> None:
    ends = await consumer.end_offsets(partitions)
    deadline = time.monotonic() + (_PATIENCE_SECONDS if patient else 0)
    while True:
        batches = await consumer.getmany(timeout_ms=_POLL_MS)
        for record in (item for batch in batches.values() for item in batch):
            reader.take(record.value or b"", list(record.headers))
        reached = [await consumer.position(item) >= ends[item] for item in partitions]
        if all(reached) and (reader.is_complete() or time.monotonic() > deadline):
            return


async def _start_at(
    consumer: AIOKafkaConsumer, partitions: list[TopicPartition], since: datetime
) -> bool:
    """Go to the first messages of that time; whether earlier ones are gone by retention."""
    milliseconds = int(since.timestamp() * 1000)
    found = await consumer.offsets_for_times(dict.fromkeys(partitions, milliseconds))
    beginnings = await consumer.beginning_offsets(partitions)
    ends = await consumer.end_offsets(partitions)
    expired = False
    for partition in partitions:
        place = found[partition]
        offset = ends[partition] if place is None else place.offset
        consumer.seek(partition, offset)
        expired = expired or (beginnings[partition] > 0 and offset <= beginnings[partition])
    return expired
