"""Many messages onto chosen partitions of one topic, with bounded memory."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.chassis.publishing.messages import BATCH_BYTES, Headers, MessageBatch, check_size

if TYPE_CHECKING:
    from services.chassis.publishing.publisher import Publisher

IN_FLIGHT = 8
# Rows of one file are alike: a quarter of the bytes for the broker and its disk, and less CPU
# time in all (measured with a million rows of accounts).
COMPRESSION = "zstd"
_NO_HEADERS: Headers = []


class BulkWriter:
    """Rows onto the partitions of one topic, in batches of about `batch_bytes`.

    `append` and `extend` never wait: they start the sending of what is full. When `full`,
    `await make_room()` before going on; `await drain()` at the end returns when all is
    acknowledged. Both raise the first failure (one of PUBLISHING_ERRORS), after which it is not
    known what has arrived: begin again with a new writer. Headers of many rows should be one list
    object, and one writer serves one task.
    """

    def __init__(
        self,
        publisher: "Publisher",
        topic: str,
        *,
        batch_bytes: int = BATCH_BYTES,
        in_flight: int = IN_FLIGHT,
        compression: str | None = COMPRESSION,
    ) -> None:
        self._publisher = publisher
        self._topic = topic
        self._batch_bytes = batch_bytes
        self._compression = compression
        self._limit = in_flight
        self._open: dict[int, MessageBatch] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def full(self) -> bool:
        """Whether as much is under way as may be."""
        return len(self._under_way) >= self._limit

    def append(
        self,
        partition: int,
        value: bytes | None,
        *,
        key: bytes | None = None,
        headers: Headers = _NO_HEADERS,
    ) -> None:
        """Add one message; raises MessageTooLargeError."""
        batch = self._open.get(partition)
        if batch is None or not batch.add(key, value, headers):
            # Only the first message of a batch can be larger than a batch.
            check_size(key, value, headers)
            self._open_batch(partition).add(key, value, headers)

    def extend(
        self, partition: int, values: Sequence[bytes], *, headers: Headers = _NO_HEADERS
    ) -> None:
        """Add messages without keys that share their headers; cheaper than one by one."""
        done = 0
        while done < len(values):
            batch = self._open.get(partition)
            if batch is not None:
                done = batch.add_values(values, headers, done)
            if done < len(values):
                check_size(None, values[done], headers)
                self._open_batch(partition)

    async def make_room(self) -> None:
        """Wait until no more is under way than may be."""
        while self.full:
            await self._settle(asyncio.FIRST_COMPLETED)
        # Lets what was just started reach the producer, even if there is room already.
        await asyncio.sleep(0)

    async def drain(self) -> None:
        """Send all and wait for every acknowledgement."""
        for partition in list(self._open):
            self._send(partition)
        while self._under_way:
            await self._settle(asyncio.ALL_COMPLETED)

    def _open_batch(self, partition: int) -> MessageBatch:
        if partition in self._open:
            self._send(partition)
        batch = self._open[partition] = MessageBatch(self._batch_bytes, self._compression)
        return batch

    def _send(self, partition: int) -> None:
        batch = self._open.pop(partition)
        self._under_way.add(
            asyncio.create_task(self._publisher.deliver(batch, self._topic, partition))
        )

    async def _settle(self, when: str) -> None:
        done, self._under_way = await asyncio.wait(self._under_way, return_when=when)
        failures = [error for task in done if (error := task.exception()) is not None]
        if failures:
            raise failures[0]
