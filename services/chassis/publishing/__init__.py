"""Publishing to Kafka in whole batches: acknowledged by all replicas, each once and in order.

What is said inside a database transaction goes through `outbox` instead.
"""

from services.chassis.publishing.bulk import BulkWriter
from services.chassis.publishing.errors import (
    PUBLISHING_ERRORS,
    DeliveryTimeoutError,
    MessageTooLargeError,
)
from services.chassis.publishing.messages import (
    BATCH_BYTES,
    LARGEST_MESSAGE_BYTES,
    Headers,
    OutboundMessage,
    check_size,
)
from services.chassis.publishing.publisher import Publisher

__all__ = [
    "BATCH_BYTES",
    "LARGEST_MESSAGE_BYTES",
    "PUBLISHING_ERRORS",
    "BulkWriter",
    "DeliveryTimeoutError",
    "Headers",
    "MessageTooLargeError",
    "OutboundMessage",
    "Publisher",
    "check_size",
]
