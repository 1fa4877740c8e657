"""Prometheus metrics of the house: named `ledgerport_…`, shown as text."""

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST

CONSUMER_LAG = Gauge(
    "ledgerport_consumer_lag", "Messages behind the end of the topic.", ["group", "topic"]
)
BATCH_SIZE = Histogram(
    "ledgerport_batch_messages",
    "Messages handled in one batch.",
    ["group"],
    buckets=(1, 10, 100, 1_000, 5_000, 10_000, 20_000),
)
BATCH_SECONDS = Histogram(
    "ledgerport_batch_seconds", "Seconds from a batch's arrival to its commit.", ["group"]
)
RETRIES = Counter("ledgerport_retries", "Batches tried again after a fault.", ["group"])
DEAD_LETTERS = Counter(
    "ledgerport_dead_letters", "Messages set aside as unreadable.", ["topic", "code"]
)
OUTBOX_DEPTH = Gauge("ledgerport_outbox_entries", "Entries not yet published.", ["schema", "lane"])
OUTBOX_AGE = Gauge(
    "ledgerport_outbox_oldest_seconds", "Age of the oldest entry.", ["schema", "lane"]
)
PUBLISHED = Counter("ledgerport_published", "Messages acknowledged by the broker.", ["topic"])


def render() -> bytes:
    """All metrics of this process in Prometheus' text format."""
    return generate_latest()


__all__ = [
    "BATCH_SECONDS",
    "BATCH_SIZE",
    "CONSUMER_LAG",
    "CONTENT_TYPE",
    "DEAD_LETTERS",
    "OUTBOX_AGE",
    "OUTBOX_DEPTH",
    "PUBLISHED",
    "RETRIES",
    "Counter",
    "Gauge",
    "Histogram",
    "render",
]
