"""One group's reading of one topic, from the poll to the commit."""

import asyncio
import gc
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka.message import KafkaAckableMessage

from services.chassis.broker import Broker
from services.chassis.claims import wait_for_any
from services.chassis.consuming.dead_letters import DeadLetterFloodError, DeadLetters
from services.chassis.consuming.messages import Batch, Record, Unreadable, decode_all
from services.chassis.consuming.pace import BULK, Pace
from services.chassis.consuming.rebalancing import HANDOVER_SECONDS, Rebalancing
from services.chassis.consuming.watching import Watch
from services.chassis.crash_points import reach
from services.chassis.logs import get_logger
from services.chassis.metrics import BATCH_SECONDS, BATCH_SIZE, RETRIES
from services.chassis.publishing import Publisher
from services.chassis.stopping import fail

T = TypeVar("T")

# The broker answers as soon as there is a message: waiting long costs no latency, asking often
# does cost.
FETCH_WAIT_MS = 1_000
# Longer than a batch may be retried; heartbeats go on meanwhile.
MAX_POLL_INTERVAL_MS = 30 * 60 * 1000
LONGEST_DELAY_SECONDS = 30.0
STOP_CHECK_SECONDS = 0.2
# FastStream leaves each batch in a cycle of references; thousands of records are not left to pile
# up until the collector happens to look (it cost 100 MB under a million rows).
MANY_RECORDS = 1_000
YOUNG = 1


class Subscription(Generic[T]):
    """Decodes, sets aside what is unreadable, handles, commits; or rewinds and tries again."""

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
        self.rebalancing = Rebalancing()
        self.subscriber: Any = None
        self._decode = decode
        self._handle = handle
        self._pace = pace
        self._dead_letters = DeadLetters(publisher, topic=topic, group=group, pace=pace)
        self._watch = Watch(topic=topic, group=group)

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        return self.subscriber.consumer

    @property
    def assigned(self) -> bool:
        """Whether the group has dealt out its partitions, be it none to this process."""
        return self.consumer is not None and self.rebalancing.assigned

    async def watch(self, stop: asyncio.Event) -> None:
        """Publish the lag; a consumer that has lag but makes no progress ends the process."""
        await self._watch.run(lambda: self.consumer if self.assigned else None, stop)

    async def wrap(self, records: tuple[Record, ...]) -> KafkaAckableMessage:
        """FastStream's message around untouched records.

        Its own parser decodes every header as text: that is slow, and lets one bad header spoil
        a batch before any handler is reached.
        """
        consumer: Any = self.consumer
        return KafkaAckableMessage(raw_message=records, body=b"", consumer=consumer)

    async def receive(self, records: tuple[Record, ...]) -> None:
        """Handle one batch and commit it. Never raises: what FastStream swallowed would be lost."""
        began = time.monotonic()
        self.rebalancing.begin_batch()
        self._watch.note_progress(busy=True)
        try:
            if await self._handle_until_done(records):
                reach(f"{self.group}.before_ack")
                await self._commit(records)
            else:
                self._rewind(records)
        finally:
            self.rebalancing.end_batch()
            self._watch.note_progress(busy=False)
            if len(records) >= MANY_RECORDS:
                asyncio.get_running_loop().call_soon(gc.collect, YOUNG)
        BATCH_SIZE.labels(self.group).observe(len(records))
        BATCH_SECONDS.labels(self.group).observe(time.monotonic() - began)

    async def _handle_until_done(self, records: Sequence[Record]) -> bool:
        """False when it was given up because the partitions go or the process stops."""
        batch, unreadable = await self._decode_or_fail(records)
        if unreadable and not await self._retry(lambda: self._dead_letters.set_aside(unreadable)):
            return False
        return not batch.items or await self._retry(lambda: self._handle(batch))

    async def _decode_or_fail(self, records: Sequence[Record]) -> tuple[Batch[T], list[Unreadable]]:
        """A decoder that breaks, or calls too much unreadable, is ours to repair: nothing of the
        batch is set aside or committed, and the process stops."""
        try:
            batch, unreadable = await decode_all(records, self._decode)
            self._dead_letters.count(len(unreadable), len(records))
        except DeadLetterFloodError as flood:
            fail(f"{self.group}: {flood}")
        except Exception as error:
            get_logger(__name__).error("decoding_broke", group=self.group, exc_info=error)
            fail(f"{self.group}: a message on {self.topic} broke its decoder")
        return batch, unreadable

    async def _retry(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Only infrastructure raises here: wait and try again, with a limit."""
        for attempt in range(1, self._pace.retries + 1):
            try:
                await work()
                return True
            except Exception as error:
                RETRIES.labels(self.group).inc()
                get_logger(__name__).warning(
                    "batch_retries", group=self.group, attempt=attempt, exc_info=error
                )
            if attempt == self._pace.retries:
                fail(f"{self.group}: a batch failed {attempt} times")
            self._watch.note_progress(busy=True)
            if not await self._wait(_delay_seconds(attempt)):
                return False
        return False

    async def _wait(self, seconds: float) -> bool:
        """False as soon as waiting is no longer worth it."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self.rebalancing.revoking.is_set() or not self.subscriber.running:
                return False
            await wait_for_any(self.rebalancing.revoking, seconds=min(left, STOP_CHECK_SECONDS))
        return True

    async def _commit(self, records: Sequence[Record]) -> None:
        """Exactly this batch. A commit that fails lets it come again, which is harmless."""
        consumer: Any = self.consumer
        latest: dict[int, int] = {record.partition: record.offset for record in records}
        offsets = {
            TopicPartition(self.topic, partition): offset + 1
            for partition, offset in latest.items()
        }
        try:
            await consumer.commit(offsets)
        except (KafkaError, IllegalStateError) as error:
            get_logger(__name__).warning("commit_failed", group=self.group, exc_info=error)

    def _rewind(self, records: Sequence[Record]) -> None:
        """Let the next poll begin with this batch again, so that nothing is committed past it."""
        consumer: Any = self.consumer
        earliest: dict[int, int] = {}
        for record in records:
            earliest.setdefault(record.partition, record.offset)
        for partition, offset in earliest.items():
            try:
                consumer.seek(TopicPartition(self.topic, partition), offset)
            except IllegalStateError:
                # It is no longer ours: whoever has it begins at what was committed.
                continue


def _delay_seconds(attempt: int) -> float:
    ceiling = min(LONGEST_DELAY_SECONDS, 0.1 * 2**attempt)
    return random.uniform(ceiling / 2, ceiling)


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
    """Read `topic` as `group` from its beginning; see the package's docstring for what fails how.

    Each subscription needs a group of its own: sharing one shares its stops, too.
    """
    subscription = Subscription(
        publisher, topic=topic, group=group, decode=decode, handle=handle, pace=pace
    )
    subscription.subscriber = broker.faststream.subscriber(
        topic,
        batch=True,
        group_id=group,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        parser=subscription.wrap,
        decoder=_keep_records,
        no_reply=True,
        listener=subscription.rebalancing,
        max_records=pace.max_records,
        batch_timeout_ms=pace.batch_wait_ms,
        max_partition_fetch_bytes=pace.fetch_bytes,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        max_poll_interval_ms=MAX_POLL_INTERVAL_MS,
        rebalance_timeout_ms=int(HANDOVER_SECONDS * 1000) + 15_000,
    )
    subscription.subscriber(subscription.receive)
    broker.subscriptions.append(subscription)
    return subscription


async def _keep_records(message: Any) -> Any:
    """The handler gets the raw records."""
    return message.raw_message
