"""Upstream systems and subscribers, on the broker itself."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from contracts.topics import RECORDS_SUBMITTED, TOPICS
from tests.conftest import run_apart

PARTITIONS = {topic.name: topic.partitions for topic in TOPICS}
TIME = "2026-01-02T03:04:05Z"


class Submission(NamedTuple):
    """One record as an upstream system sends it; `value` replaces the whole value if given."""

    source: str
    event_id: str
    key: str
    record_type: str = "accounts"
    record: dict[str, Any] | None = None
    value: bytes | None = None


class Heard(NamedTuple):
    """One message of a topic."""

    key: bytes | None
    headers: dict[str, bytes]
    value: bytes

    @property
    def json(self) -> dict[str, Any]:
        return orjson.loads(self.value)


def submit(bootstrap: str, *submissions: Submission) -> None:
    """Publish in this order, in CloudEvents binary mode."""
    run_apart(_publish(bootstrap, [_message(one) for one in submissions]))


def publish(bootstrap: str, topic: str, value: bytes, headers: dict[str, str]) -> None:
    """One message of any topic."""
    encoded = [(name, text.encode()) for name, text in headers.items()]
    run_apart(_publish(bootstrap, [(topic, None, value, encoded)]))


def cloud_event(topic: str, *, source: str, event_id: str) -> dict[str, str]:
    return {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_source": source,
        "ce_type": topic,
        "ce_time": TIME,
        "content-type": "application/json",
    }


def hear(bootstrap: str, topic: str) -> list[Heard]:
    """Everything on a topic, from its beginning to its end as it is now."""
    return run_apart(_hear(bootstrap, topic))


Message = tuple[str, bytes | None, bytes, Sequence[tuple[str, bytes]]]


def _message(one: Submission) -> Message:
    said = {"record_type": one.record_type, "record": one.record}
    value = orjson.dumps(said) if one.value is None else one.value
    headers = cloud_event(RECORDS_SUBMITTED.name, source=one.source, event_id=one.event_id)
    encoded = [(name, text.encode()) for name, text in headers.items()]
    return RECORDS_SUBMITTED.name, one.key.encode(), value, encoded


async def _publish(bootstrap: str, messages: Sequence[Message]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for topic, key, value, headers in messages:
            await producer.send_and_wait(topic, value, key=key, headers=headers)


async def _hear(bootstrap: str, topic: str) -> list[Heard]:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        parts = [TopicPartition(topic, number) for number in range(PARTITIONS.get(topic, 1))]
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        ends = await consumer.end_offsets(parts)
        found: list[Heard] = []
        while any([await consumer.position(part) < ends[part] for part in parts]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [Heard(one.key, dict(one.headers), one.value) for one in records]
        return found
