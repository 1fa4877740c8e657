"""The fixtures that every test may use: real backends and the whole stack, started by need."""

import asyncio
import uuid
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import pytest
from minio import Minio

from deploy.create_bucket import create_bucket
from deploy.create_topics import TopicsSettings, Wanted, create_topics
from deploy.local.state import State
from deploy.local.wiring import BUCKET
from tests.docker import containers
from tests.stack import Stack

T = TypeVar("T")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--backends",
        choices=("local", "images"),
        default="local",
        help="images: PostgreSQL, Kafka and object store in containers, by testcontainers",
    )
    parser.addoption(
        "--compose", action="store_true", help="also run docker-compose.yml, for many minutes"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What only `make test-docker` runs."""
    if collection_path.name == "test_compose.py" and not config.getoption("--compose"):
        return True
    return None


def on_images(config: pytest.Config) -> bool:
    return config.getoption("--backends") == "images"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On images, leave out what is about a local stack's processes."""
    if on_images(config):
        names = {item: getattr(item, "fixturenames", ()) for item in items}
        config.hook.pytest_deselected(items=[it for it in items if "held_stack" in names[it]])
        items[:] = [item for item in items if "held_stack" not in names[item]]


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


def bring_up(request: pytest.FixtureRequest, unit: str) -> Stack:
    """The private stack with this unit of it running."""
    held_stack: Stack = request.getfixturevalue("held_stack")
    held_stack.bring_up(unit)
    return held_stack


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """PostgreSQL only: the private stack's, or the image's."""
    if on_images(request.config):
        with containers.run_postgres() as dsn:
            yield Postgres(dsn)
        return
    yield Postgres(bring_up(request, "postgres").postgres_dsn)


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest) -> Iterator[Kafka]:
    """The broker only."""
    if on_images(request.config):
        with containers.run_kafka() as bootstrap:
            yield Kafka(bootstrap)
        return
    yield Kafka(bring_up(request, "kafka").kafka_bootstrap)


@pytest.fixture(scope="session")
def object_store(request: pytest.FixtureRequest) -> Iterator[ObjectStore]:
    """The object store only, with its bucket."""
    if on_images(request.config):
        with containers.run_object_store() as (endpoint, access_key, secret_key):
            server = ObjectStore(endpoint, access_key, secret_key, BUCKET)
            create_bucket(server.open_client(), BUCKET)
            yield server
        return
    stack = bring_up(request, "create-bucket")
    yield ObjectStore(stack.s3_endpoint, stack.s3_access_key, stack.s3_secret_key, stack.s3_bucket)


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
