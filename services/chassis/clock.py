"""The time of day, and ids that sort by it."""

import os
import threading
import time
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    def __call__(self) -> datetime: ...


def utc_now() -> datetime:
    return datetime.now(UTC)


class _Uuid7:
    """RFC 9562 §5.7: 48 bits of Unix milliseconds, then a counter and random bits.

    Ids of one process rise even within a millisecond and when the clock is set back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def __call__(self) -> UUID:
        with self._lock:
            now = (time.time_ns() // 1_000_000) << 12
            self._last = max(now, self._last + 1)
            stamp = self._last
        random_bits = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
        value = (stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | random_bits
        return UUID(int=value)


uuid7 = _Uuid7()
