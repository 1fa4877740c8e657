"""The live lane at a steady rate: from publishing a record to its `ledger-changed` event."""

# aiokafka comes without types
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

import asyncio
import json
import time
import uuid
from collections.abc import Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer

from cli.settlements import open_topic_reader
from cli.submissions import Submission, open_producer, send
from contracts.topics import LEDGER_CHANGED

_SOURCE = "/ledgerport/load"
_POLL_MS = 20
_GRACE_SECONDS = 30.0


class LiveLoad(NamedTuple):
    """Latencies in milliseconds; `lost` were published and not seen as changes in time."""

    sent: int
    lost: int
    p50: float
    p99: float
    worst: float


class _Clock:
    """When each reference was published, and how long each took."""

    def __init__(self) -> None:
        self.published: dict[str, float] = {}
        self.seconds: list[float] = []

    def see(self, reference: str) -> None:
        published = self.published.pop(reference, None)
        if published is not None:
            self.seconds.append(time.monotonic() - published)


async def measure_live_lane(
    bootstrap: str, *, per_second: float, until: asyncio.Event, at_most: int | None = None
) -> LiveLoad:
    """Publish new accounts at this rate until told to stop, and time each one's change event."""
    clock = _Clock()
    async with open_topic_reader(bootstrap, LEDGER_CHANGED.name) as consumer:
        sent = asyncio.Event()
        watching = asyncio.create_task(_watch(consumer, clock, sent))
        try:
            count = await _publish(
                bootstrap, clock, per_second=per_second, until=until, at_most=at_most
            )
        finally:
            sent.set()
        await watching
    return summarise(clock.seconds, sent=count)


async def _publish(
    bootstrap: str, clock: _Clock, *, per_second: float, until: asyncio.Event, at_most: int | None
) -> int:
    run = uuid.uuid4().hex[:12]
    count = 0
    next_at = time.monotonic()
    async with open_producer(bootstrap) as producer:
        while not until.is_set() and (at_most is None or count < at_most):
            reference = f"LIVE-{run}-{count}"
            record = {"AccountNumber": reference, "AccountName": reference, "Balance": "10.00"}
            submission = Submission(_SOURCE, reference, "accounts", record)
            clock.published[reference] = time.monotonic()
            await (await send(producer, submission))
            count += 1
            next_at += 1 / per_second
            await asyncio.sleep(max(0.0, next_at - time.monotonic()))
    return count


async def _watch(consumer: AIOKafkaConsumer, clock: _Clock, sent: asyncio.Event) -> None:
    deadline: float | None = None
    while not sent.is_set() or clock.published:
        batches = await consumer.getmany(timeout_ms=_POLL_MS)
        for record in (item for batch in batches.values() for item in batch):
            value: bytes = record.value or b""
            if b'"LIVE-' in value:
                clock.see(str(json.loads(value)["reference"]))
        if sent.is_set():
            deadline = deadline or time.monotonic() + _GRACE_SECONDS
            if time.monotonic() > deadline:
                return


def summarise(seconds: Sequence[float], *, sent: int) -> LiveLoad:
    ordered = sorted(seconds)
    return LiveLoad(
        sent=sent,
        lost=sent - len(ordered),
        p50=_percentile(ordered, 0.50),
        p99=_percentile(ordered, 0.99),
        worst=_percentile(ordered, 1.0),
    )


def _percentile(ordered: Sequence[float], share: float) -> float:
    """In milliseconds, by the nearest rank; 0 when nothing was measured."""
    if not ordered:
        return 0.0
    rank = max(1, -(-len(ordered) * share // 1))
    return round(1000 * ordered[int(rank) - 1], 1)
