"""The consuming side of the broker: one acknowledgement policy and raw messages for all."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from faststream.kafka import KafkaBroker

if TYPE_CHECKING:
    from services.chassis.consuming import Subscription

# Above the longest handler: a handler that is cut off commits nothing.
GRACEFUL_SECONDS = 120.0


@dataclass(slots=True)
class Broker:
    """FastStream's broker and what was subscribed on it."""

    faststream: KafkaBroker
    subscriptions: list["Subscription[Any]"] = field(default_factory=list["Subscription[Any]"])


def open_broker(bootstrap: str, service: str) -> Broker:
    """A broker that hands handlers raw messages; nothing connects before it is started."""
    return Broker(
        KafkaBroker(
            bootstrap,
            client_id=f"ledgerport-{service}",
            apply_types=False,
            # Only the publisher produces, and only deploy creates topics.
            consumer_only=True,
            allow_auto_create_topics=False,
            graceful_timeout=GRACEFUL_SECONDS,
            logger=None,
        )
    )
