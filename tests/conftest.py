"""The fixtures that every test may use: real backends and the whole stack, started by need."""

import asyncio
import uuid
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import asyncpg
import pytest
from minio import Minio

from deploy.create_bucket import create_bucket
from deploy.create_topics import TopicsSettings, Wanted, create_topics
from deploy.local.state import State
from tests.stack import Stack

T = TypeVar("T")


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in a thread, whether or not a loop runs in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL; `dsn` is the superuser's."""

    dsn: str

    def dsn_of(self, database: str) -> str:
        return f"{self.dsn.rsplit('/', 1)[0]}/{database}"

    async def create_database(self) -> str:
        """A new empty database's DSN."""
        name = f"test_{uuid.uuid4().hex}"
        await self._run(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return self.dsn_of(name)

    async def drop_database(self, dsn: str) -> None:
        await self._run(f'DROP DATABASE IF EXISTS "{dsn.rsplit("/", 1)[1]}" WITH (FORCE)')

    async def _run(self, statement: str) -> None:
        connection = await asyncpg.connect(self.dsn_of("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@dataclass(frozen=True)
class Kafka:
    """A running broker."""

    bootstrap: str

    async def create_topic(self, *, partitions: int = 1, retention_hours: int = 24) -> str:
        """A new topic's name; it has a dead-letter twin."""
        name = f"test-{uuid.uuid4().hex}"
        wanted = [
            Wanted(name, partitions, retention_hours),
            Wanted(f"{name}.dlq", 1, retention_hours),
        ]
        await create_topics(TopicsSettings(kafka_bootstrap=self.bootstrap), wanted)
        return name


@dataclass(frozen=True)
class ObjectStore:
    """A running S3 server and a bucket there."""

    endpoint: str
    access_key: str
    secret_key: str
    bucket: str

    def open_client(self) -> Minio:
        return Minio(
            endpoint=self.endpoint.removeprefix("http://"),
            access_key=self.access_key,
            secret_key=self.secret_key,
            secure=False,
        )


@pytest.fixture(scope="session")
def held_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The session's private stack with nothing started yet; others bring up what they need."""
    stack = Stack(State(tmp_path_factory.mktemp("stack")))
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@pytest.fixture(scope="session")
def stack(held_stack: Stack) -> Stack:
    """The whole private stack, ready."""
    held_stack.bring_up()
    return held_stack


@pytest.fixture(scope="session")
def postgres(held_stack: Stack) -> Postgres:
    """PostgreSQL only."""
    held_stack.bring_up("postgres")
    return Postgres(held_stack.postgres_dsn)


@pytest.fixture(scope="session")
def kafka(held_stack: Stack) -> Kafka:
    """The broker only."""
    held_stack.bring_up("kafka")
    return Kafka(held_stack.kafka_bootstrap)


@pytest.fixture(scope="session")
def object_store(held_stack: Stack) -> ObjectStore:
    """The object store only, with its bucket."""
    held_stack.bring_up("create-bucket")
    return ObjectStore(
        held_stack.s3_endpoint,
        held_stack.s3_access_key,
        held_stack.s3_secret_key,
        held_stack.s3_bucket,
    )


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    """The DSN (the superuser's) of a fresh database that is dropped afterwards."""
    dsn = run_apart(postgres.create_database())
    yield dsn
    run_apart(postgres.drop_database(dsn))


@pytest.fixture
def bucket(object_store: ObjectStore) -> str:
    """A fresh bucket's name."""
    name = f"test-{uuid.uuid4().hex}"
    create_bucket(object_store.open_client(), name)
    return name
