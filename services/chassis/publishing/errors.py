"""What can go wrong in publishing, and which of it is worth another try."""

from aiokafka.errors import KafkaError


class MessageTooLargeError(Exception):
    """A single message is beyond what the broker takes; sending it again does not help."""


class DeliveryTimeoutError(Exception):
    """The broker has not acknowledged in time. The message may still arrive, or have arrived."""


PUBLISHING_ERRORS = (KafkaError, DeliveryTimeoutError, ConnectionError, TimeoutError)
