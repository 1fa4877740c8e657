"""The `ledger-changed` events of one import, read from the topic: which rows, and with which id."""

# aiokafka comes without types
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from contracts.topics import LEDGER_CHANGED
from prove.access import ProofImpossible

_POLL_MS = 250
_PATIENCE_SECONDS = 30.0


class Changes:
    """Rows with an event; `ambiguous` are rows whose events do not all have the same id."""

    def __init__(self, import_id: str) -> None:
        self._import_id = import_id
        self._ids: dict[int, int] = {}
        self.ambiguous: set[int] = set()
        self.expired = False

    @property
    def rows(self) -> set[int]:
        return set(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, value: bytes, headers: list[tuple[str, bytes]]) -> None:
        if self._import_id.encode() not in value:
            return
        event: dict[str, Any] = json.loads(value)
        if event["import_id"] != self._import_id:
            return
        row = int(event["row"])
        named = dict(headers)
        identity = hash((named.get("ce_source"), named.get("ce_id")))
        if self._ids.setdefault(row, identity) != identity:
            self.ambiguous.add(row)


async def read_changes(
    bootstrap: str, import_id: str, *, since: datetime, expected: int
) -> Changes:
    """All events so far; while there are fewer than expected, it waits a moment for the relay."""
    try:
        async with _open(bootstrap) as (consumer, partitions):
            return await _read(consumer, partitions, import_id, since=since, expected=expected)
    except (KafkaError, OSError) as error:
        raise ProofImpossible(f"The events cannot be read: {error}.") from None


@asynccontextmanager
async def _open(bootstrap: str) -> AsyncGenerator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    await admin.start()
    try:
        [described] = await admin.describe_topics([LEDGER_CHANGED.name])
        await consumer.start()
        yield (
            consumer,
            [
                TopicPartition(LEDGER_CHANGED.name, it["partition"])
                for it in described["partitions"]
            ],
        )
    finally:
        await consumer.stop()
        await admin.close()


async def _read(
    consumer: AIOKafkaConsumer,
    partitions: list[TopicPartition],
    import_id: str,
    *,
    since: datetime,
    expected: int,
) -> Changes:
    changes = Changes(import_id)
    consumer.assign(partitions)
    changes.expired = await _start_at(consumer, partitions, since)
    ends = await consumer.end_offsets(partitions)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        batches = await consumer.getmany(timeout_ms=_POLL_MS)
        for record in (item for batch in batches.values() for item in batch):
            changes.add(record.value or b"", list(record.headers))
        reached = [await consumer.position(item) >= ends[item] for item in partitions]
        complete = len(changes) >= expected or changes.expired
        if all(reached) and (complete or time.monotonic() > deadline):
            return changes


async def _start_at(
    consumer: AIOKafkaConsumer, partitions: list[TopicPartition], since: datetime
) -> bool:
    """Go to the first events of that time; whether earlier ones are gone by retention."""
    milliseconds = int(since.timestamp() * 1000)
    found = await consumer.offsets_for_times(dict.fromkeys(partitions, milliseconds))
    beginnings = await consumer.beginning_offsets(partitions)
    ends = await consumer.end_offsets(partitions)
    expired = False
    for partition in partitions:
        place = found[partition]
        offset = ends[partition] if place is None else place.offset
        consumer.seek(partition, offset)
        expired = expired or (beginnings[partition] > 0 and offset <= beginnings[partition])
    return expired
