"""What the doctor sees of the broker: topics, consumer groups' lag, dead letters."""

# aiokafka comes without types
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from cli.doctor_checks import Diagnosis
from contracts.topics import TOPICS

_DEADLINE_SECONDS = 15.0
_GROUP_PREFIX = "ledgerport-"
_LAG_WORTH_A_LOOK = 10_000


@dataclass(frozen=True, slots=True)
class BrokerFacts:
    """Partitions and messages by topic, lag by (group, topic).

    Members of groups are not asked for: aiokafka 0.14 cannot read Kafka 4's answer.
    """

    partitions: dict[str, int]
    lag: dict[tuple[str, str], int]
    messages: dict[str, int]


async def check_broker(bootstrap: str) -> list[Diagnosis]:
    try:
        facts = await asyncio.wait_for(_look(bootstrap), _DEADLINE_SECONDS)
    except (KafkaError, OSError, TimeoutError) as error:
        return [
            Diagnosis(
                "broker",
                "broken",
                f"{bootstrap} does not answer: {error or 'no answer in time'}.",
                "The API still takes uploads; they go on when the broker is back.",
            )
        ]
    return [
        Diagnosis("broker", "sound", f"{bootstrap} answers."),
        judge_topics(facts.partitions),
        *judge_groups(facts),
        judge_dead_letters(facts.messages),
    ]


def judge_topics(partitions: dict[str, int]) -> Diagnosis:
    wanted = {topic.name: topic.partitions for topic in TOPICS}
    wanted |= {topic.dead_letters: 1 for topic in TOPICS if topic.consumed}
    missing = sorted(name for name in wanted if name not in partitions)
    narrow = sorted(n for n, count in wanted.items() if partitions.get(n, count) < count)
    if missing or narrow:
        return Diagnosis(
            "topics",
            "broken",
            f"Missing or too narrow: {', '.join([*missing, *narrow])}.",
            "`python -m deploy.create_topics` makes them; it can be repeated.",
        )
    return Diagnosis("topics", "sound", f"All {len(wanted)} are there.")


def judge_groups(facts: BrokerFacts) -> Iterable[Diagnosis]:
    """How much still waits in each consumed topic; one that was never read must be empty."""
    read = {topic for (_, topic) in facts.lag}
    for topic in TOPICS:
        waiting = facts.messages.get(topic.name, 0)
        if topic.consumed and topic.name not in read and waiting:
            yield Diagnosis(
                "workers",
                "suspect",
                f"Nobody has read {topic.name} yet; {waiting:,} messages wait.",
                "Is its worker running? `make status`, `make logs`.",
            )
    for (group, topic), lag in sorted(facts.lag.items()):
        if lag > _LAG_WORTH_A_LOOK:
            yield Diagnosis(
                "workers",
                "suspect",
                f"{group} has {lag:,} messages of {topic} before it.",
                "During a large import this is so, and shrinks. Else look at its worker's log.",
            )
        else:
            yield Diagnosis("workers", "sound", f"{group} on {topic}: {lag:,} waiting.")


def judge_dead_letters(messages: dict[str, int]) -> Diagnosis:
    held = {name: count for name, count in messages.items() if count and name.endswith(".dlq")}
    if not held:
        return Diagnosis("dead letters", "sound", "None.")
    words = ", ".join(f"{name}: {count:,}" for name, count in sorted(held.items()))
    return Diagnosis(
        "dead letters",
        "suspect",
        f"Messages that could not be read: {words}.",
        "Their headers say the reason and where they stood.",
    )


async def _look(bootstrap: str) -> BrokerFacts:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await admin.start()
    try:
        await consumer.start()
        partitions = {
            str(topic["topic"]): len(topic["partitions"]) for topic in await admin.describe_topics()
        }
        groups = [
            name
            for name, *_ in await admin.list_consumer_groups()
            if name.startswith(_GROUP_PREFIX)
        ]
        return BrokerFacts(
            partitions=partitions,
            lag=await _measure_lag(admin, consumer, groups),
            messages=await _count_messages(consumer, partitions),
        )
    finally:
        await consumer.stop()
        await admin.close()


async def _measure_lag(
    admin: Any, consumer: AIOKafkaConsumer, groups: list[str]
) -> dict[tuple[str, str], int]:
    lag: dict[tuple[str, str], int] = {}
    for group in groups:
        offsets = await admin.list_consumer_group_offsets(group)
        ends = await consumer.end_offsets(list(offsets)) if offsets else {}
        for partition, committed in offsets.items():
            behind = max(0, ends[partition] - max(0, committed.offset))
            key = (group, str(partition.topic))
            lag[key] = lag.get(key, 0) + behind
    return lag


async def _count_messages(consumer: AIOKafkaConsumer, topics: dict[str, int]) -> dict[str, int]:
    partitions = [
        TopicPartition(n, number) for n, count in topics.items() for number in range(count)
    ]
    if not partitions:
        return {}
    first, end = (
        await consumer.beginning_offsets(partitions),
        await consumer.end_offsets(partitions),
    )
    counts = dict.fromkeys(topics, 0)
    for partition in partitions:
        counts[partition.topic] += end[partition] - first[partition]
    return counts
