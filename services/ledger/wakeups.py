"""What wakes the ledger's jobs at once instead of at their next look."""

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Wakeups:
    planning: asyncio.Event = field(default_factory=asyncio.Event)
    applying: asyncio.Event = field(default_factory=asyncio.Event)
    reverting: asyncio.Event = field(default_factory=asyncio.Event)
