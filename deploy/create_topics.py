"""A step: the topics that contracts declare, and a dead-letter twin for each that is consumed.

Can be repeated: what is missing is made, partitions are added, never taken away, and the
retention is brought to what is declared.
"""

# aiokafka comes without types
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import stamina
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    KafkaError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
    for_code,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.topics import TOPICS, Topic

DEAD_LETTER_HOURS = 7 * 24
HOUR_MILLISECONDS = 3_600_000


class TopicsSettings(BaseSettings):
    """Which brokers, and how many of them keep a copy."""

    model_config = SettingsConfigDict(env_prefix="LEDGERPORT_")

    kafka_bootstrap: str
    kafka_replication: int = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """A topic as the broker knows it."""

    name: str
    partitions: int
    retention_hours: int

    @property
    def settings(self) -> dict[str, str]:
        return {"retention.ms": str(self.retention_hours * HOUR_MILLISECONDS)}


def list_wanted(topics: Iterable[Topic]) -> list[Wanted]:
    """The declared topics and their twins; a dead letter is kept a week at least."""
    wanted: list[Wanted] = []
    for topic in topics:
        wanted.append(Wanted(topic.name, topic.partitions, topic.retention_hours))
        if topic.consumed:
            hours = max(topic.retention_hours, DEAD_LETTER_HOURS)
            wanted.append(Wanted(topic.dead_letters, 1, hours))
    return wanted


async def create_topics(settings: TopicsSettings, wanted: list[Wanted]) -> None:
    # A broker that has just started tells its metadata before it has joined its own cluster.
    async for attempt in stamina.retry_context(on=(KafkaError, OSError), timeout=60, attempts=None):
        with attempt:
            await _create_topics(settings, wanted)


async def _create_topics(settings: TopicsSettings, wanted: list[Wanted]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await admin.start()
    try:
        present = await _list_present(admin)
        await _create_missing(admin, settings, [t for t in wanted if t.name not in present])
        present = await _list_present(admin)
        if unseen := [topic.name for topic in wanted if topic.name not in present]:
            raise UnknownTopicOrPartitionError(f"the brokers do not tell of {unseen} yet")
        await _add_partitions(admin, [t for t in wanted if present[t.name] < t.partitions])
        await _set_retention(admin, wanted)
    finally:
        await admin.close()


async def _list_present(admin: AIOKafkaAdminClient) -> dict[str, int]:
    """Topics as the brokers tell of them, with their numbers of partitions."""
    return {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}


async def _create_missing(
    admin: AIOKafkaAdminClient, settings: TopicsSettings, missing: list[Wanted]
) -> None:
    if not missing:
        return
    answer = await admin.create_topics(
        [
            NewTopic(
                topic.name,
                topic.partitions,
                settings.kafka_replication,
                topic_configs=topic.settings,
            )
            for topic in missing
        ]
    )
    for name, code, message in answer.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):
            raise for_code(code)(f"{name} could not be created: {message}")


async def _add_partitions(admin: AIOKafkaAdminClient, short: list[Wanted]) -> None:
    if short:
        await admin.create_partitions(
            {topic.name: NewPartitions(topic.partitions) for topic in short}
        )


async def _set_retention(admin: AIOKafkaAdminClient, wanted: list[Wanted]) -> None:
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, topic.name, topic.settings) for topic in wanted
    ]
    for answer in await admin.alter_configs(resources):
        for code, message, _, name in answer.resources:
            if code:
                raise for_code(code)(f"the retention of {name} could not be set: {message}")


def main() -> None:
    asyncio.run(create_topics(TopicsSettings.model_validate({}), list_wanted(TOPICS)))


if __name__ == "__main__":
    main()
