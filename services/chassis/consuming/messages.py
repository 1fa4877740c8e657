"""Messages as they come, what could be read of them, and what could not."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from aiokafka import ConsumerRecord

T = TypeVar("T")
Record: TypeAlias = "ConsumerRecord[Any, Any]"

# Between slices other tasks of the process run: a live message waits for one slice at most.
SLICE_RECORDS = 500


class UnreadableMessage(Exception):
    """The message cannot be read: `code` for machines, `sentence` for people, no payload."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence


@dataclass(slots=True)
class Batch(Generic[T]):
    """What could be read of a batch, beside the records it was read from."""

    items: list[T] = field(default_factory=list[T])
    records: list[Record] = field(default_factory=list[Record])


Unreadable: TypeAlias = tuple[Record, UnreadableMessage]


async def decode_all(
    records: Sequence[Record], decode: Callable[[Record], T]
) -> tuple[Batch[T], list[Unreadable]]:
    """Decode one by one, so that a bad message spoils no other."""
    batch: Batch[T] = Batch()
    unreadable: list[Unreadable] = []
    for start in range(0, len(records), SLICE_RECORDS):
        _decode_slice(records[start : start + SLICE_RECORDS], decode, batch, unreadable)
        await asyncio.sleep(0)
    return batch, unreadable


def _decode_slice(
    records: Sequence[Record],
    decode: Callable[[Record], T],
    batch: Batch[T],
    unreadable: list[Unreadable],
) -> None:
    try:
        # The common case without a bad message, at the speed of a comprehension.
        batch.items += [decode(record) for record in records]
        batch.records += records
    except UnreadableMessage:
        for record in records:
            try:
                batch.items.append(decode(record))
                batch.records.append(record)
            except UnreadableMessage as problem:
                unreadable.append((record, problem))
