"""Consuming: batches are decoded one by one, handled, and only then committed.

Failure has three words: a bad row is a verdict (the handler's), a bad message is a dead letter, bad
infrastructure is retried and, when that does not help, stops the process. See docs/architecture.md.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from faststream import AckPolicy

from services.chassis.broker import Broker
from services.chassis.crash_points import reach
from services.chassis.database import delay_seconds
from services.chassis.logs import get_logger
from services.chassis.metrics import BATCH_SECONDS, BATCH_SIZE, CONSUMER_LAG, DEAD_LETTERS, RETRIES
from services.chassis.publishing import OutboundMessage, Publisher
from services.chassis.stopping import fail

T = TypeVar("T")
Record = ConsumerRecord[Any, Any]

FETCH_BYTES = 4 * 1024 * 1024
# The broker answers as soon as there is a message: waiting long costs no latency, asking often
# does cost.
FETCH_WAIT_MS = 1_000
MAX_POLL_INTERVAL_MS = 30 * 60 * 1000
DEAD_LETTER_WINDOW = 1_000
STALLED_SECONDS = 60.0
WATCH_SECONDS = 5.0


class UnreadableMessage(Exception):
    """The message cannot be read: `code` for machines, `sentence` for people, no payload."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence


@dataclass(slots=True)
class Batch(Generic[T]):
    """What could be read of a batch, beside the records it was read from."""

    items: list[T] = field(default_factory=list[T])
    records: list[Record] = field(default_factory=list[Record])


@dataclass(frozen=True, slots=True)
class Pace:
    """How a subscription reads, and what it bears.

    `retries`: how often a batch is tried before the process stops. Of the last
    `DEAD_LETTER_WINDOW` messages at most `dead_letters` may be unreadable: a bad deploy stops
    instead of flooding. `batch_wait_ms` is also slept (twice) after an empty poll.
    """

    max_records: int = 5_000
    batch_wait_ms: int = 100
    retries: int = 8
    dead_letters: int = 100


BULK = Pace()
LIVE = Pace(max_records=500, batch_wait_ms=10)


class Subscription(Generic[T]):
    """One group's reading of one topic."""

    def __init__(
        self,
        publisher: Publisher,
        *,
        topic: str,
        group: str,
        decode: Callable[[Record], T],
        handle: Callable[[Batch[T]], Awaitable[None]],
        pace: Pace,
    ) -> None:
        self.topic = topic
        self.group = group
        self._publisher = publisher
        self._decode = decode
        self._handle = handle
        self._pace = pace
        self._recent: deque[bool] = deque(maxlen=DEAD_LETTER_WINDOW)
        self._progress_at = time.monotonic()
        self.subscriber: Any = None

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        return self.subscriber.consumer

    @property
    def assigned(self) -> bool:
        return self.consumer is not None and bool(self.consumer.assignment())

    async def receive(self, message: Any) -> None:
        """Handle one batch of FastStream's and commit it."""
        began = time.monotonic()
        records: tuple[Record, ...] = message.raw_message
        await self._retry(lambda: self._process(records))
        reach(f"{self.group}.before_ack")
        await message.ack()
        self._progress_at = time.monotonic()
        BATCH_SIZE.labels(self.group).observe(len(records))
        BATCH_SECONDS.labels(self.group).observe(time.monotonic() - began)

    async def _process(self, records: tuple[Record, ...]) -> None:
        batch: Batch[T] = Batch()
        unreadable: list[tuple[Record, UnreadableMessage]] = []
        for record in records:
            try:
                batch.items.append(self._decode(record))
                batch.records.append(record)
            except UnreadableMessage as problem:
                unreadable.append((record, problem))
        await self._set_aside(unreadable, len(records))
        if batch.items:
            await self._handle(batch)

    async def _retry(self, work: Callable[[], Awaitable[None]]) -> None:
        """Only infrastructure raises here: wait and try again, with a limit."""
        for attempt in range(1, self._pace.retries + 1):
            try:
                await work()
                return
            except Exception as error:
                RETRIES.labels(self.group).inc()
                get_logger(__name__).warning(
                    "batch_retries", group=self.group, attempt=attempt, exc_info=error
                )
                if attempt == self._pace.retries:
                    fail(f"{self.group}: a batch failed {attempt} times")
                self._progress_at = time.monotonic()
                await asyncio.sleep(delay_seconds(attempt))

    async def _set_aside(
        self, unreadable: list[tuple[Record, UnreadableMessage]], total: int
    ) -> None:
        self._recent.extend([False] * (total - len(unreadable)) + [True] * len(unreadable))
        if not unreadable:
            return
        if sum(self._recent) > self._pace.dead_letters:
            fail(f"{self.group}: too many unreadable messages on {self.topic}")
        await self._publisher.send([_dead_letter(record, why) for record, why in unreadable])
        for record, why in unreadable:
            DEAD_LETTERS.labels(self.topic, why.code).inc()
            get_logger(__name__).warning(
                "dead_letter",
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                code=why.code,
            )

    async def watch(self, stop: asyncio.Event) -> None:
        """Publish the lag; a consumer that has lag but makes no progress ends the process.

        aiokafka can hang after a broker's restart without a public sign.
        """
        last: dict[Any, int] = {}
        while not stop.is_set():
            lag, positions = await self._measure()
            CONSUMER_LAG.labels(self.group, self.topic).set(lag)
            if positions != last or lag == 0:
                last, self._progress_at = positions, time.monotonic()
            if time.monotonic() - self._progress_at > STALLED_SECONDS:
                fail(f"{self.group}: no progress on {self.topic}")
            try:
                await asyncio.wait_for(stop.wait(), WATCH_SECONDS)
            except TimeoutError:
                continue

    async def _measure(self) -> tuple[int, dict[Any, int]]:
        consumer = self.consumer
        if consumer is None:
            return 0, {}
        positions: dict[Any, int] = {}
        lag = 0
        for partition in consumer.assignment():
            end: int | None = consumer.highwater(partition)  # pyright: ignore[reportUnknownMemberType]
            position = await _position(consumer, partition)
            if end is not None and position is not None:
                positions[partition] = position
                lag += max(0, end - position)
        return lag, positions


async def _position(consumer: AIOKafkaConsumer, partition: Any) -> int | None:
    try:
        where: Any = consumer.position(partition)  # pyright: ignore[reportUnknownMemberType]
        return await asyncio.wait_for(where, 1.0)
    except Exception:
        return None


def _dead_letter(record: Record, why: UnreadableMessage) -> OutboundMessage:
    """The original bytes and headers, and where they stood."""
    return OutboundMessage(
        topic=f"{record.topic}.dlq",
        key=record.key,
        value=record.value if record.value is not None else b"",
        headers=(
            *record.headers,
            ("dlq-code", why.code.encode()),
            ("dlq-sentence", why.sentence.encode()),
            ("dlq-topic", record.topic.encode()),
            ("dlq-partition", str(record.partition).encode()),
            ("dlq-offset", str(record.offset).encode()),
        ),
    )


def subscribe(
    broker: Broker,
    publisher: Publisher,
    *,
    topic: str,
    group: str,
    decode: Callable[[Record], T],
    handle: Callable[[Batch[T]], Awaitable[None]],
    pace: Pace = BULK,
) -> Subscription[T]:
    """Read `topic` as `group` from its beginning; see the module's docstring for what fails how."""
    subscription = Subscription(
        publisher,
        topic=topic,
        group=group,
        decode=decode,
        handle=handle,
        pace=pace,
    )
    subscriber = broker.faststream.subscriber(
        topic,
        batch=True,
        group_id=group,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        decoder=_keep_whole,
        max_records=pace.max_records,
        batch_timeout_ms=pace.batch_wait_ms,
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        max_poll_interval_ms=MAX_POLL_INTERVAL_MS,
    )
    subscription.subscriber = subscriber
    subscriber(subscription.receive)
    broker.subscriptions.append(subscription)
    return subscription


async def _keep_whole(message: Any) -> Any:
    """The handler gets FastStream's message itself: its raw records, and its `ack`."""
    return message
