"""A producer of our own (FastStream's takes no ready batches) that survives its own faults."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from zlib import crc32

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.chassis.logs import get_logger
from services.chassis.metrics import PUBLISHED
from services.chassis.publishing import producers
from services.chassis.publishing.bulk import BulkWriter
from services.chassis.publishing.errors import DeliveryTimeoutError
from services.chassis.publishing.messages import MessageBatch, OutboundMessage, check_size

OPENING_SECONDS = 60.0
REOPENING_SECONDS = 10.0
DELIVERY_SECONDS = 30.0


class Publisher:
    """Delivers batches in their order per partition, or says within a bound that it could not.

    After a failure the next delivery is made by a new producer: what the old one held is lost to
    it, which its callers are told, and their repeats carry the same ids.
    """

    def __init__(
        self,
        producer: AIOKafkaProducer,
        bootstrap: str,
        *,
        compression: str | None = None,
        delivery_seconds: float = DELIVERY_SECONDS,
    ) -> None:
        self.compression = compression
        self._bootstrap = bootstrap
        self._delivery_seconds = delivery_seconds
        self._producer: AIOKafkaProducer | None = producer
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._opening = asyncio.Lock()
        self._turns: defaultdict[tuple[str, int], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._next_partition = random.randrange(1024)
        self._leaving: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(
        cls,
        bootstrap: str,
        *,
        compression: str | None = None,
        delivery_seconds: float = DELIVERY_SECONDS,
    ) -> "Publisher":
        """Connect; waits up to a minute for the broker."""
        producer = await producers.open_producer(
            bootstrap, compression=compression, patience_seconds=OPENING_SECONDS
        )
        return cls(producer, bootstrap, compression=compression, delivery_seconds=delivery_seconds)

    async def close(self) -> None:
        if self._producer is not None:
            await producers.close(self._producer)
        await asyncio.gather(*self._leaving)

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has; raises KafkaError when there is no such topic."""
        producer: Any = await self._get_producer()
        return len(await producer.partitions_for(topic))

    async def send(self, messages: Sequence[OutboundMessage]) -> None:
        """Publish all, in their order per key; returns when every one is acknowledged."""
        for message in messages:
            check_size(message.key, message.value, message.headers)
        topics = {message.topic for message in messages}
        counts = {topic: await self.partitions(topic) for topic in topics}
        writers = {topic: BulkWriter(self, topic, compression=self.compression) for topic in topics}
        for message in messages:
            writer = writers[message.topic]
            partition = self.choose_partition(message.key, counts[message.topic])
            headers = list(message.headers)
            writer.append(partition, message.value, key=message.key, headers=headers)
            if writer.full:
                await writer.make_room()
        for writer in writers.values():
            await writer.drain()

    def choose_partition(self, key: bytes | None, count: int) -> int:
        """crc32 of the key (aiokafka's murmur2 is pure Python); without one, one after another."""
        if key is not None:
            return crc32(key) % count
        self._next_partition += 1
        return self._next_partition % count

    async def deliver(self, batch: MessageBatch, topic: str, partition: int) -> None:
        """Returns when the batch is acknowledged; raises one of PUBLISHING_ERRORS."""
        async with self._turns[topic, partition]:
            producer: Any = await self._get_producer()
            broken = self._broken
            try:
                future = await producer.send_batch(batch, topic, partition=partition)
            except KafkaError as error:
                self._leave(producer, error)
                raise
        await self._await_acknowledgement(producer, future, broken)
        PUBLISHED.labels(topic).inc(batch.record_count())

    async def _await_acknowledgement(
        self,
        producer: AIOKafkaProducer,
        future: "asyncio.Future[Any]",
        broken: asyncio.Future[None],
    ) -> None:
        await asyncio.wait(
            {future, broken},
            timeout=self._delivery_seconds,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if future.done():
            error = future.exception()
            if error is not None:
                self._leave(producer, error)
                raise error
            return
        future.add_done_callback(_look_away)
        error = DeliveryTimeoutError("the broker has not acknowledged in time")
        self._leave(producer, error)
        raise error

    async def _get_producer(self) -> AIOKafkaProducer:
        async with self._opening:
            if self._producer is None:
                self._producer = await producers.open_producer(
                    self._bootstrap,
                    compression=self.compression,
                    patience_seconds=REOPENING_SECONDS,
                )
                self._broken = asyncio.get_running_loop().create_future()
            return self._producer

    def _leave(self, producer: AIOKafkaProducer, error: BaseException) -> None:
        """Make the next delivery open a new producer; the others of this one fail at once."""
        if producer is not self._producer:
            return
        get_logger(__name__).warning("producer_left", exc_info=error)
        self._producer = None
        if not self._broken.done():
            self._broken.set_result(None)
        task = asyncio.create_task(producers.abandon(producer))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


def _look_away(future: "asyncio.Future[Any]") -> None:
    """A late failure was told already."""
    if not future.cancelled():
        future.exception()
