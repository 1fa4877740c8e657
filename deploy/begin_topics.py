"""`python -m deploy.begin_topics`: after a restore, empty topics say that their past is gone.

A broker that was made anew holds no events of what the restored books say. Each empty partition
gets a first message that is deleted at once, so that it begins at 1 as after retention: a proof
then knows that earlier events are not to be had. Run it while no service runs.
"""

# aiokafka comes without types
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

import asyncio
import sys
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from contracts.topics import TOPICS
from deploy.create_topics import TopicsSettings

SECONDS = 30


async def begin_topics(bootstrap: str, topics: Sequence[str]) -> int:
    """How many partitions were empty and begin at 1 now."""
    empty = await _find_empty(bootstrap, topics)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for partition in empty:
            await producer.send_and_wait(partition.topic, b"", partition=partition.partition)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        if empty:
            first = {partition: RecordsToDelete(before_offset=1) for partition in empty}
            await admin.delete_records(first, timeout_ms=SECONDS * 1000)
    finally:
        await admin.close()
    return len(empty)


async def _find_empty(bootstrap: str, topics: Sequence[str]) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        described = await admin.describe_topics(list(topics))
    finally:
        await admin.close()
    partitions = [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        for partition in topic["partitions"]
    ]
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        ends = await consumer.end_offsets(partitions)
    return [partition for partition in partitions if ends[partition] == 0]


def main() -> None:
    settings = TopicsSettings.model_validate({})
    count = asyncio.run(begin_topics(settings.kafka_bootstrap, [topic.name for topic in TOPICS]))
    sys.stderr.write(f"{count} empty partitions begin anew\n")


if __name__ == "__main__":
    main()
