"""The embedded backends: what they were given survives kill -9, of one and of all."""

import asyncio
import os
import signal
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from minio import Minio

from deploy.create_topics import TopicsSettings, Wanted, create_topics
from deploy.local.children import started_at
from deploy.local.state import State
from tests.stack import BACKENDS, Stack

TOPIC = "durable"


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Backends of this module's own, for they are killed here."""
    stack = Stack(State(tmp_path_factory.mktemp("durable")))
    try:
        stack.start()
        stack.bring_up(*BACKENDS, "create-bucket")
        yield stack
    finally:
        stack.stop()


def open_minio(stack: Stack) -> Minio:
    return Minio(
        endpoint=stack.s3_endpoint.removeprefix("http://"),
        access_key=stack.s3_access_key,
        secret_key=stack.s3_secret_key,
        secure=False,
    )


async def write_row(stack: Stack, word: str) -> None:
    connection = await asyncpg.connect(stack.postgres_dsn.replace("/ledgerport", "/postgres"))
    await connection.execute("CREATE TABLE IF NOT EXISTS durable (word text)")
    await connection.execute("INSERT INTO durable VALUES ($1)", word)
    await connection.close()


async def read_rows(stack: Stack) -> list[str]:
    connection = await asyncpg.connect(stack.postgres_dsn.replace("/ledgerport", "/postgres"))
    rows = await connection.fetch("SELECT word FROM durable ORDER BY word")
    await connection.close()
    return [row["word"] for row in rows]


async def write_message(stack: Stack, word: str) -> None:
    settings = TopicsSettings(kafka_bootstrap=stack.kafka_bootstrap)
    await create_topics(settings, [Wanted(TOPIC, 1, 1)])
    async with AIOKafkaProducer(bootstrap_servers=stack.kafka_bootstrap, acks="all") as producer:
        await producer.send_and_wait(TOPIC, word.encode(), partition=0)


async def read_messages(stack: Stack) -> list[str]:
    partition = TopicPartition(TOPIC, 0)
    async with AIOKafkaConsumer(bootstrap_servers=stack.kafka_bootstrap) as consumer:
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        end = (await consumer.end_offsets([partition]))[partition]
        return [(await consumer.getone()).value.decode() for _ in range(end)]


def write_object(stack: Stack, word: str) -> None:
    open_minio(stack).put_object(
        bucket_name=stack.s3_bucket, object_name=word, data=BytesIO(word.encode()), length=len(word)
    )


def list_objects(stack: Stack) -> list[str]:
    found = open_minio(stack).list_objects(bucket_name=stack.s3_bucket)
    return sorted(item.object_name or "" for item in found)


def test_each_backend_keeps_its_data_when_it_is_killed(own_stack: Stack) -> None:
    asyncio.run(write_row(own_stack, "first"))
    asyncio.run(write_message(own_stack, "first"))
    write_object(own_stack, "first")
    for name in BACKENDS:
        own_stack.kill(name)
    for name in BACKENDS:
        own_stack.wait_ready(name, starts=2)
    assert asyncio.run(read_rows(own_stack)) == ["first"]
    assert asyncio.run(read_messages(own_stack)) == ["first"]
    assert list_objects(own_stack) == ["first"]


def test_a_start_after_everything_was_killed_reuses_data_and_ports(own_stack: Stack) -> None:
    asyncio.run(write_row(own_stack, "second"))
    asyncio.run(write_message(own_stack, "second"))
    write_object(own_stack, "second")
    ports = own_stack.wiring.ports
    pids = [own_stack.pid(name) for name in BACKENDS]
    supervisor = own_stack.state.supervisor()
    assert supervisor
    for pid in (supervisor, *pids):
        assert pid
        os.kill(pid, signal.SIGKILL)
    own_stack.wait_until_stopped()
    own_stack.start()
    own_stack.bring_up(*BACKENDS, "create-bucket")
    assert not [pid for pid in pids if pid and started_at(pid)]
    assert own_stack.wiring.ports == ports
    assert asyncio.run(read_rows(own_stack)) == ["first", "second"]
    assert asyncio.run(read_messages(own_stack)) == ["first", "second"]
    assert list_objects(own_stack) == ["first", "second"]


def test_postgres_does_not_run_as_root_nor_open_folders_to_all(own_stack: Stack) -> None:
    pid = own_stack.pid("postgres")
    owner = Path("/proc", str(pid)).stat().st_uid
    assert owner != 0
    data = own_stack.wiring.cluster.data
    assert data.stat().st_uid == owner
    assert data.stat().st_mode & 0o077 == 0


async def test_postgres_lets_nobody_in_without_a_password(own_stack: Stack) -> None:
    port = own_stack.wiring.ports["postgres"]
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgresql://postgres:wrong@127.0.0.1:{port}/postgres")


async def test_a_value_in_a_refused_row_stays_out_of_the_log(own_stack: Stack) -> None:
    connection = await asyncpg.connect(own_stack.postgres_dsn.replace("/ledgerport", "/postgres"))
    await connection.execute("CREATE TABLE private_values (value text PRIMARY KEY)")
    await connection.execute("INSERT INTO private_values VALUES ('canary-123-45-6789')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute("INSERT INTO private_values VALUES ($1)", "canary-123-45-6789")
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute("INSERT INTO private_values VALUES ('canary-123-45-6789')")
    await connection.close()
    log = own_stack.state.log("postgres").read_text("utf-8")
    assert "private_values_pkey" in log
    assert "canary" not in log
