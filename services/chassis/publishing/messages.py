"""A message to be published, how large it may be, and batches of messages as the wire has them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from services.chassis.publishing.errors import MessageTooLargeError

BATCH_BYTES = 512 * 1024
# The broker's own default limit (message.max.bytes) is a little more.
LARGEST_MESSAGE_BYTES = 1024 * 1024
CODECS = {
    None: DefaultRecordBatch.CODEC_NONE,
    "gzip": DefaultRecordBatch.CODEC_GZIP,
    "lz4": DefaultRecordBatch.CODEC_LZ4,
    "zstd": DefaultRecordBatch.CODEC_ZSTD,
}
Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """A message to be published; messages with one key stay in order."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


def check_size(key: bytes | None, value: bytes | None, headers: Headers) -> None:
    """Raises MessageTooLargeError."""
    size = DefaultRecordBatchBuilder.estimate_size_in_bytes(key, value, list(headers))
    if size > LARGEST_MESSAGE_BYTES:
        raise MessageTooLargeError(
            f"a message of {size} bytes; the broker takes {LARGEST_MESSAGE_BYTES}"
        )


class MessageBatch(BatchBuilder):
    """aiokafka's batch under construction, filled without a detour per message."""

    def __init__(self, batch_bytes: int, compression: str | None) -> None:
        untyped: Any = super()
        untyped.__init__(batch_bytes, CODECS[compression], is_transactional=0)
        self._timestamp = int(time.time() * 1000)
        self._records: Any = self._builder  # pyright: ignore[reportUnknownMemberType]

    def add(self, key: bytes | None, value: bytes | None, headers: Headers) -> bool:
        """False when it is full. The first message is always taken."""
        taken = self._records.append(self._relative_offset, self._timestamp, key, value, headers)
        if taken is None:
            return False
        self._relative_offset += 1
        return True

    def add_values(self, values: Sequence[bytes], headers: Headers, start: int) -> int:
        """Add values without keys from `values[start]` on; returns where it stopped."""
        append = self._records.append
        timestamp, first = self._timestamp, self._relative_offset - start
        for index in range(start, len(values)):
            if append(first + index, timestamp, None, values[index], headers) is None:
                self._relative_offset = first + index
                return index
        self._relative_offset = first + len(values)
        return len(values)
