"""Publishing to Kafka in whole batches: acknowledged by all replicas, each once and in order."""

import asyncio
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError

from services.chassis.metrics import PUBLISHED

BATCH_BYTES = 512 * 1024
LARGEST_MESSAGE_BYTES = 1_000_000
IN_FLIGHT = 8
START_ATTEMPTS = 60
Headers = list[tuple[str, bytes]]
_NO_HEADERS: Headers = []


class MessageTooLargeError(Exception):
    """A single message is beyond what the broker takes."""


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """A message to be published; messages with one key stay in order."""

    topic: str
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


class Publisher:
    """A producer of our own (FastStream's takes no ready batches)."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._next_partition = random.randrange(1024)

    @classmethod
    async def open(cls, bootstrap: str, *, compression: str | None = None) -> "Publisher":
        """Connect; waits up to a minute for the broker."""
        for attempt in range(START_ATTEMPTS):
            producer = AIOKafkaProducer(
                bootstrap_servers=bootstrap,
                acks="all",
                enable_idempotence=True,
                compression_type=compression,
                max_batch_size=BATCH_BYTES,
                request_timeout_ms=30_000,
                linger_ms=0,
            )
            try:
                await producer.start()
                return cls(producer)
            except KafkaConnectionError:
                await producer.stop()
                if attempt == START_ATTEMPTS - 1:
                    raise
                await asyncio.sleep(random.uniform(0.5, 1.5))
        raise AssertionError("unreachable")

    async def close(self) -> None:
        await self._producer.stop()

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has."""
        found: Any = self._producer.partitions_for(topic)  # pyright: ignore[reportUnknownMemberType]
        return len(await found)

    async def send(self, messages: Sequence[OutboundMessage]) -> None:
        """Publish all, in their order per key; returns when every one is acknowledged."""
        writers: dict[str, BulkWriter] = {}
        counts: dict[str, int] = {}
        for message in messages:
            topic = message.topic
            if topic not in writers:
                writers[topic] = BulkWriter(self, topic)
                counts[topic] = await self.partitions(topic)
            partition = self.choose_partition(message.key, counts[topic])
            writer = writers[topic]
            writer.append(partition, message.value, key=message.key, headers=list(message.headers))
            if writer.full:
                await writer.make_room()
        await asyncio.gather(*(writer.drain() for writer in writers.values()))

    def choose_partition(self, key: bytes | None, count: int) -> int:
        """crc32 of the key (aiokafka's murmur2 is pure Python); without a key, one after
        another.
        """
        if key is not None:
            return crc32(key) % count
        self._next_partition += 1
        return self._next_partition % count

    def open_batch(self) -> Any:
        return self._producer.create_batch()

    async def send_batch(self, batch: Any, topic: str, partition: int) -> "asyncio.Future[Any]":
        producer: Any = self._producer
        return await producer.send_batch(batch, topic, partition=partition)


class BulkWriter:
    """Rows onto the partitions of one topic, in batches of about `BATCH_BYTES`.

    `append` never waits. When `full`, `await make_room()` before going on; `await drain()` at the
    end returns when all is acknowledged, and raises the first KafkaError.
    """

    def __init__(self, publisher: Publisher, topic: str, *, in_flight: int = IN_FLIGHT) -> None:
        self._publisher = publisher
        self._topic = topic
        self._limit = in_flight
        self._open: dict[int, Any] = {}
        self._sealed: list[tuple[int, Any]] = []
        self._waiting: set[asyncio.Future[Any]] = set()
        self._timestamp = int(time.time() * 1000)
        self._appended = 0

    @property
    def full(self) -> bool:
        """Whether a batch is ready to go."""
        return bool(self._sealed)

    def append(
        self,
        partition: int,
        value: bytes,
        *,
        key: bytes | None = None,
        headers: Headers = _NO_HEADERS,
    ) -> None:
        """Add one message; raises MessageTooLargeError."""
        self._appended += 1
        builder = self._open.get(partition)
        if builder is not None:
            if builder.append(timestamp=self._timestamp, key=key, value=value, headers=headers):
                return
            self._sealed.append((partition, builder))
        if len(value) > LARGEST_MESSAGE_BYTES:
            raise MessageTooLargeError(f"a message of {len(value)} bytes for {self._topic}")
        builder = self._open[partition] = self._publisher.open_batch()
        self._timestamp = int(time.time() * 1000)
        builder.append(timestamp=self._timestamp, key=key, value=value, headers=headers)

    async def make_room(self) -> None:
        """Send what is ready; waits while too much is under way."""
        sealed, self._sealed = self._sealed, []
        for partition, builder in sealed:
            await self._await_place()
            future = await self._publisher.send_batch(builder, self._topic, partition)
            self._waiting.add(asyncio.ensure_future(future))

    async def _await_place(self) -> None:
        while len(self._waiting) >= self._limit:
            done, self._waiting = await asyncio.wait(
                self._waiting, return_when=asyncio.FIRST_COMPLETED
            )
            _raise_first(done)

    async def drain(self) -> None:
        """Send all and wait for every acknowledgement."""
        self._sealed += [(partition, builder) for partition, builder in self._open.items()]
        self._open = {}
        await self.make_room()
        if self._waiting:
            done, self._waiting = await asyncio.wait(self._waiting)
            _raise_first(done)
        PUBLISHED.labels(self._topic).inc(self._appended)
        self._appended = 0


def _raise_first(done: Iterable["asyncio.Future[Any]"]) -> None:
    for future in done:
        error = future.exception()
        if error is not None:
            raise error


PUBLISHING_ERRORS = (KafkaError, TimeoutError)
