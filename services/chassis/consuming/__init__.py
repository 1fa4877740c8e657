"""Consuming: batches are decoded one by one, handled, and only then committed.

Failure has three words: a bad row is a verdict (the handler's), a bad message is a dead letter, bad
infrastructure is retried and, when that does not help, stops the process. See docs/architecture.md.
"""

from services.chassis.consuming.messages import Batch, Record, UnreadableMessage
from services.chassis.consuming.pace import BULK, LIVE, Pace
from services.chassis.consuming.subscription import Subscription, subscribe

__all__ = [
    "BULK",
    "LIVE",
    "Batch",
    "Pace",
    "Record",
    "Subscription",
    "UnreadableMessage",
    "subscribe",
]
