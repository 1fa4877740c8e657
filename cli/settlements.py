"""What became of submitted records: read from `records-settled`, from the end or from the start."""

# aiokafka comes without types
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

import json
import time
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import ConsumerRecord, TopicPartition

Json = dict[str, Any]
Identity = tuple[str, str]
_POLL_MS = 250
_QUIET_SECONDS = 5.0


@asynccontextmanager
async def open_topic_reader(bootstrap: str, topic: str) -> AsyncGenerator[AIOKafkaConsumer]:
    """A consumer without a group on all partitions, positioned at their ends."""
    partitions = await _list_partitions(bootstrap, topic)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    await consumer.start()
    try:
        consumer.assign(partitions)
        for partition, offset in (await consumer.end_offsets(partitions)).items():
            consumer.seek(partition, offset)
        yield consumer
    finally:
        await consumer.stop()


async def _list_partitions(bootstrap: str, topic: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        [described] = await admin.describe_topics([topic])
        return [TopicPartition(topic, item["partition"]) for item in described["partitions"]]
    finally:
        await admin.close()


async def collect_settlements(
    consumer: AIOKafkaConsumer, wanted: Collection[Identity], *, timeout_seconds: float
) -> dict[Identity, Json]:
    """The answers to these submissions, as many as come in time.

    A record that was sent before is not answered again: after a quiet while the topic is read once
    from its start, where the earlier answers are.
    """
    missing = set(wanted)
    found: dict[Identity, Json] = {}
    deadline = time.monotonic() + timeout_seconds
    heard = time.monotonic()
    rewound = False
    while missing and time.monotonic() < deadline:
        batches = await consumer.getmany(timeout_ms=_POLL_MS)
        for record in (item for batch in batches.values() for item in batch):
            settled = parse_settlement(record)
            identity = (str(settled.get("ce_source")), str(settled.get("ce_id")))
            if identity in missing:
                found[identity] = settled
                missing.discard(identity)
                heard = time.monotonic()
        if missing and not rewound and time.monotonic() - heard > _QUIET_SECONDS:
            await consumer.seek_to_beginning()
            rewound = True
    return found


def parse_settlement(record: ConsumerRecord[Any, Any]) -> Json:
    value: Json = json.loads(record.value or b"{}")
    return value
