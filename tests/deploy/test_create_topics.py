"""Topics on a real broker: made once, extended, their retention followed."""

import asyncio
import uuid

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from contracts.topics import TOPICS
from deploy.create_topics import TopicsSettings, Wanted, create_topics, list_wanted
from tests.conftest import Kafka


async def describe(kafka: Kafka, names: list[str]) -> dict[str, tuple[int, str]]:
    """Name: partitions and retention."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        topics = await admin.describe_topics(names)
        partitions = {topic["topic"]: len(topic["partitions"]) for topic in topics}
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        found: dict[str, tuple[int, str]] = {}
        for answer in await admin.describe_configs(resources):
            for resource in answer.resources:
                settings = {entry[0]: entry[1] for entry in resource[4]}
                found[resource[3]] = (partitions[resource[3]], settings.get("retention.ms", ""))
        return found
    finally:
        await admin.close()


async def expect(kafka: Kafka, expected: dict[str, tuple[int, str]]) -> None:
    """Metadata reaches the broker a moment after the controller has said yes."""
    found: dict[str, tuple[int, str]] = {}
    for _ in range(100):
        found = await describe(kafka, list(expected))
        if found == expected:
            return
        await asyncio.sleep(0.1)
    assert found == expected


async def test_all_declared_topics_are_made_as_declared_and_again_harmlessly(kafka: Kafka) -> None:
    settings = TopicsSettings(kafka_bootstrap=kafka.bootstrap)
    wanted = list_wanted(TOPICS)
    await create_topics(settings, wanted)
    await create_topics(settings, wanted)
    expected = {
        topic.name: (topic.partitions, str(topic.retention_hours * 3_600_000)) for topic in wanted
    }
    await expect(kafka, expected)


async def test_a_changed_declaration_is_followed(kafka: Kafka) -> None:
    settings = TopicsSettings(kafka_bootstrap=kafka.bootstrap)
    name = f"test-{uuid.uuid4().hex}"
    await create_topics(settings, [Wanted(name, 1, 1)])
    await create_topics(settings, [Wanted(name, 3, 2)])
    await expect(kafka, {name: (3, "7200000")})
    await create_topics(settings, [Wanted(name, 2, 2)])
    await expect(kafka, {name: (3, "7200000")})
