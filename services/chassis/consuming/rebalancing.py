"""What a subscription does when its partitions are taken from it or given to it."""

import asyncio
import contextlib
from typing import Any

from aiokafka import ConsumerRebalanceListener

# A batch that takes longer is done elsewhere again: its repeatable ids make that harmless.
HANDOVER_SECONDS = 45.0


class Rebalancing(ConsumerRebalanceListener):
    """Holds partitions back from another process while a batch of theirs is being handled.

    aiokafka awaits what these methods return; only its annotations do not say so.
    """

    def __init__(self) -> None:
        self.assigned = False
        self.revoking = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def begin_batch(self) -> None:
        self._idle.clear()

    def end_batch(self) -> None:
        self._idle.set()

    async def on_partitions_revoked(self, revoked: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        self.revoking.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), HANDOVER_SECONDS)
        self.assigned = False

    async def on_partitions_assigned(self, assigned: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Also called with none, when there are more consumers than partitions."""
        self.revoking.clear()
        self.assigned = True
