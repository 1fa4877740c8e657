"""Messages that cannot be read are set aside whole, with the reason, up to a limit."""

from collections import deque
from collections.abc import Sequence

from services.chassis.consuming.messages import Record, Unreadable, UnreadableMessage
from services.chassis.consuming.pace import Pace
from services.chassis.logs import get_logger
from services.chassis.metrics import DEAD_LETTERS
from services.chassis.publishing import (
    MessageTooLargeError,
    OutboundMessage,
    Publisher,
    check_size,
)


class DeadLetterFloodError(Exception):
    """Too many of the last messages were unreadable: it is not the messages that are wrong."""


class DeadLetters:
    """The dead letters of one subscription."""

    def __init__(self, publisher: Publisher, *, topic: str, group: str, pace: Pace) -> None:
        self._publisher = publisher
        self._topic = topic
        self._group = group
        self._limit = pace.dead_letters
        self._recent: deque[bool] = deque(maxlen=pace.dead_letter_window)

    def count(self, unreadable: int, total: int) -> None:
        """Note a batch, once; raises DeadLetterFloodError before anything of it is set aside."""
        self._recent.extend([False] * (total - unreadable) + [True] * unreadable)
        if unreadable and sum(self._recent) > self._limit:
            raise DeadLetterFloodError(f"too many unreadable messages on {self._topic}")

    async def set_aside(self, unreadable: Sequence[Unreadable]) -> None:
        """Returns when they are safe in the dead-letter topic."""
        await self._publisher.send([_make_letter(record, why) for record, why in unreadable])
        for record, why in unreadable:
            DEAD_LETTERS.labels(self._topic, why.code).inc()
            get_logger(__name__).warning(
                "dead_letter",
                group=self._group,
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                code=why.code,
            )


def _make_letter(record: Record, why: UnreadableMessage) -> OutboundMessage:
    """The original bytes and headers, and where they stood."""
    reason = (
        ("dlq-code", why.code.encode()),
        ("dlq-sentence", why.sentence.encode()),
        ("dlq-topic", record.topic.encode()),
        ("dlq-partition", str(record.partition).encode()),
        ("dlq-offset", str(record.offset).encode()),
    )
    topic = f"{record.topic}.dlq"
    letter = OutboundMessage(topic, record.key, record.value, (*record.headers, *reason))
    try:
        check_size(letter.key, letter.value, letter.headers)
    except MessageTooLargeError:
        # The reason does not fit beside the original, which stays where it stood.
        return OutboundMessage(topic, None, None, (*reason, ("dlq-left-out", b"message")))
    return letter
