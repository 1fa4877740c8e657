"""The watch over a consumer: its lag, and an end of the process when it hangs.

aiokafka can hang after a broker's restart without a public sign.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import ConsumerStoppedError, IllegalStateError, KafkaError

from services.chassis.claims import wait_for_any
from services.chassis.metrics import CONSUMER_LAG
from services.chassis.stopping import fail

WATCH_SECONDS = 5.0
ANSWER_SECONDS = 4.0
STALLED_SECONDS = 60.0
# A handler under way is progress, within reason. A consumer that gets no word, as the broker is
# down or as it hangs unassigned after a restart, is soon replaced by a new process.
HANDLER_SECONDS = 15 * 60.0
UNANSWERED_SECONDS = 45.0


class Watch:
    """Fails the process when there is something to read and nothing is read for too long."""

    def __init__(
        self,
        *,
        topic: str,
        group: str,
        stalled_seconds: float = STALLED_SECONDS,
        fail: Callable[[str], Any] = fail,
    ) -> None:
        self._topic = topic
        self._group = group
        self._stalled_seconds = stalled_seconds
        self._fail = fail
        self._progress_at = time.monotonic()
        self._answer_at = time.monotonic()
        self._busy = False
        self._positions: dict[Any, int] = {}

    def note_progress(self, *, busy: bool) -> None:
        """Something has happened; `busy` says whether a batch is being handled from now on."""
        self._progress_at = time.monotonic()
        self._busy = busy

    async def run(
        self, get_consumer: Callable[[], AIOKafkaConsumer | None], stop: asyncio.Event
    ) -> None:
        while not stop.is_set():
            await self.look(get_consumer())
            await wait_for_any(stop, seconds=WATCH_SECONDS)

    async def look(self, consumer: AIOKafkaConsumer | None) -> None:
        """Without a consumer, the group has not dealt out its partitions yet."""
        ends = None if consumer is None else await _ask_ends(consumer)
        now = time.monotonic()
        if consumer is None or ends is None:
            if now - self._answer_at > UNANSWERED_SECONDS:
                self._fail(f"{self._group}: no word from the broker about {self._topic}")
            return
        self._answer_at = now
        positions = await _read_positions(consumer, ends)
        lag = sum(max(0, ends[part] - offset) for part, offset in positions.items())
        CONSUMER_LAG.labels(self._group, self._topic).set(lag)
        if positions != self._positions or lag == 0:
            self._positions, self._progress_at = positions, now
        patience = HANDLER_SECONDS if self._busy else self._stalled_seconds
        if now - self._progress_at > patience:
            self._fail(f"{self._group}: no progress on {self._topic}")


async def _ask_ends(consumer: Any) -> dict[Any, int] | None:
    """Where the assigned partitions end; None when the broker does not say."""
    try:
        return await asyncio.wait_for(
            consumer.end_offsets(list(consumer.assignment())), ANSWER_SECONDS
        )
    except (KafkaError, ConsumerStoppedError, IllegalStateError, TimeoutError, OSError):
        return None


async def _read_positions(consumer: Any, ends: dict[Any, int]) -> dict[Any, int]:
    """Where reading goes on; a partition that has no position yet stands at its beginning."""
    positions: dict[Any, int] = {}
    for partition in ends:
        positions[partition] = 0
        with contextlib.suppress(KafkaError, ConsumerStoppedError, IllegalStateError, TimeoutError):
            position = consumer.position(partition)
            positions[partition] = await asyncio.wait_for(position, 1.0)
    return positions
