"""Empty topics of a new broker say that their past is gone; others are left alone."""

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.begin_topics import begin_topics
from tests.conftest import Kafka


async def offsets_of(kafka: Kafka, topic: str) -> list[tuple[int, int]]:
    """Beginning and end of each partition."""
    async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap) as consumer:
        partitions = [TopicPartition(topic, number) for number in range(2)]
        beginnings = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
        return [(beginnings[one], ends[one]) for one in partitions]


async def test_empty_partitions_begin_at_one_and_messages_stay(kafka: Kafka) -> None:
    topic = await kafka.create_topic(partitions=2)
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all") as producer:
        await producer.send_and_wait(topic, b"kept", partition=1)
    assert await begin_topics(kafka.bootstrap, [topic]) == 1
    assert await offsets_of(kafka, topic) == [(1, 1), (0, 1)]
    assert await begin_topics(kafka.bootstrap, [topic]) == 0
