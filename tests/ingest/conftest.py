"""Ingest over real HTTP, with a real database, object store and broker; the other services'
handlers stand behind it, driven step by step instead of by their workers."""

# pyright: reportUnknownMemberType=false
import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from aiokafka import TopicPartition

from contracts.envelope import READING_HEADER, Reading
from contracts.events.import_lifecycle import IMPORT_LIFECYCLE
from contracts.topics import TOPICS
from deploy.create_topics import TopicsSettings, create_topics, list_wanted
from services.chassis.clock import uuid7
from services.chassis.database import open_pool
from services.chassis.object_store import ObjectStore, open_store
from services.chassis.publishing import Publisher
from services.chassis.web import create_app
from services.ingest.app.schema import lay_schema
from services.ingest.endpoints import build_router
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.reading import UploadReader
from services.ingest.settings import IngestSettings
from services.ledger.app.schema import lay_schema as lay_ledger
from services.ledger.handlers.applying import apply_next
from services.ledger.handlers.lifecycle import follow
from services.ledger.handlers.planning import plan_next
from services.ledger.handlers.reverting import revert_next
from services.ledger.handlers.staging import JudgedRow, stage_batch
from services.validator.domain.rows import compile_judge
from tests.conftest import Kafka, Postgres, run_apart
from tests.conftest import ObjectStore as S3
from tests.ingest.named_keys import NamedKeys
from tests.ingest.serving import serve
from tests.ingest.topic import find_ends, read_from, relay_rows

MASTER_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
Row = list[Any]


@dataclass
class Ingest:
    """What a test does with ingest, and with the services behind it."""

    client: httpx.AsyncClient
    facilities: Facilities
    books: asyncpg.Pool
    publisher: Publisher
    bootstrap: str
    starts: dict[TopicPartition, int]

    async def upload(
        self,
        file: bytes | str,
        *,
        name: str = "test.csv",
        key: str | None = None,
        actor: str = "tester",
        **config: Any,
    ) -> httpx.Response:
        """Send a file; the record type is accounts unless said."""
        said = {"record_type": "accounts", **config}
        content = file.encode() if isinstance(file, str) else file
        headers = {"Authorization": f"Bearer {actor}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        return await self.client.post(
            "/v1/imports",
            headers=headers,
            files={"config": (None, json.dumps(said)), "file": (name, content)},
        )

    async def open(self, file: bytes | str, **more: Any) -> dict[str, Any]:
        answer = await self.upload(file, **more)
        assert answer.status_code == 202, answer.text
        return answer.json()

    async def review(self, file: bytes | str, **more: Any) -> dict[str, Any]:
        """Send a file, read it, have it judged and planned."""
        opened = await self.open(file, **more)
        await self.settle()
        return await self.show(opened["id"])

    async def book(self, file: bytes | str, **more: Any) -> dict[str, Any]:
        """Review and complete."""
        ready = await self.review(file, **more)
        assert ready["state"] == "ready", ready
        answer = await self.complete(ready["id"], ready["plan"]["id"])
        assert answer.status_code == 202, answer.text
        await self.settle()
        return await self.show(ready["id"])

    async def show(self, import_id: str) -> dict[str, Any]:
        answer = await self.get(f"/v1/imports/{import_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def get(self, path: str, **parameters: Any) -> httpx.Response:
        return await self.client.get(path, params=parameters)

    async def complete(self, import_id: str, plan: str) -> httpx.Response:
        return await self.client.post(f"/v1/imports/{import_id}/complete", json={"plan": plan})

    async def cancel(self, import_id: str) -> httpx.Response:
        return await self.client.post(f"/v1/imports/{import_id}/cancel")

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.client.post(f"/v1/imports/{path}", json=body)

    async def rows(self, import_id: str, **parameters: Any) -> list[dict[str, Any]]:
        return (await self.get(f"/v1/imports/{import_id}/rows", **parameters)).json()["data"]

    async def correct(self, import_id: str, row: int, **cells: str) -> httpx.Response:
        path = f"/v1/imports/{import_id}/rows/{row}"
        return await self.client.patch(path, json={"cells": cells})

    async def patch(self, import_id: str, **options: Any) -> httpx.Response:
        return await self.client.patch(f"/v1/imports/{import_id}", json=options)

    async def map(self, import_id: str, **update: Any) -> httpx.Response:
        return await self.client.put(f"/v1/imports/{import_id}/mapping", json=update)

    def open_reader(
        self, lease_lasts: timedelta = timedelta(seconds=8), stop: asyncio.Event | None = None
    ) -> UploadReader:
        return UploadReader(
            self.facilities,
            self.publisher,
            holder=uuid7(),
            lease_lasts=lease_lasts,
            stop=stop or asyncio.Event(),
        )

    async def read(self) -> None:
        """Read every upload that waits."""
        reader = self.open_reader()
        while await reader.read_next():
            pass

    async def settle(self) -> None:
        """Everything that the workers would do by now."""
        await self.read()
        for step in await self.take_steps():
            if step.kind == "opened":
                await self.judge(step.import_id)
            await follow(self.books, step)
        for import_id in await self.facilities.pool.fetch("select import_id from uploads"):
            await self.judge(import_id["import_id"])
        while await plan_next(self.books):
            pass
        while await apply_next(self.books, parallel=1):
            pass
        while await revert_next(self.books, parallel=1):
            pass

    async def take_steps(self) -> list[Any]:
        """What the outbox says of imports, in its order; said once. Its rows go to the topic."""
        found = await self.facilities.pool.fetch("delete from outbox returning *")
        ordered = sorted(found, key=lambda entry: entry["id"])
        steps = await relay_rows(self.publisher, ordered)
        return [IMPORT_LIFECYCLE.validate_json(entry["value"]) for entry in steps]

    async def judge(self, import_id: UUID) -> None:
        """Stage the verdicts on whatever rows of the import are on the topic."""
        for header, rows in (await self.received(import_id)).items():
            reading = Reading.from_header(header)
            verdicts = compile_judge(reading).judge(rows)
            judged = [
                JudgedRow(reading.import_id, reading.revision, json.loads(verdict))
                for verdict in verdicts
            ]
            await stage_batch(self.books, judged)

    async def received(self, import_id: UUID | str) -> dict[bytes, list[Row]]:
        """The rows of an import on the topic, by their `reading` header, ordered by number."""
        found = dict[bytes, list[Row]]()
        for header, row in await self._consume():
            if Reading.from_header(header).import_id == UUID(str(import_id)):
                found.setdefault(header, []).append(row)
        return {header: sorted(rows) for header, rows in found.items()}

    async def _consume(self) -> list[tuple[bytes, Row]]:
        """What this test has had sent: the topic is shared."""
        async with read_from(self.bootstrap, self.starts) as consumer:
            ends = await consumer.end_offsets(list(self.starts))
            found: list[tuple[bytes, Row]] = []
            while any([await consumer.position(one) < ends[one] for one in ends]):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        header = dict(record.headers)[READING_HEADER]
                        found.append((header, json.loads(record.value)))
            return found


@pytest.fixture(scope="session")
def laid_database(postgres: Postgres) -> Iterator[str]:
    """A database with the schemas of ingest and the ledger, made once and copied for each test."""

    async def lay() -> str:
        dsn = await postgres.create_database()
        connection = await asyncpg.connect(dsn)
        await connection.execute(
            "create schema ingest; create schema ledger; create schema ledger_v1"
        )
        await connection.close()
        await lay_schema(dsn)
        await lay_ledger(dsn)
        return dsn

    dsn = run_apart(lay())
    yield dsn
    run_apart(postgres.drop_database(dsn))


@pytest.fixture
def own_database(postgres: Postgres, laid_database: str) -> Iterator[str]:
    """The DSN of a copy that is dropped afterwards."""
    name, template = f"test_{uuid7().hex}", laid_database.rsplit("/", 1)[1]

    async def copy() -> None:
        connection = await asyncpg.connect(postgres.dsn_of("postgres"))
        await connection.execute(f'create database "{name}" template "{template}"')
        await connection.close()

    run_apart(copy())
    yield postgres.dsn_of(name)
    run_apart(postgres.drop_database(postgres.dsn_of(name)))


@pytest.fixture
async def facilities(own_database: str, object_store: S3) -> AsyncIterator[Facilities]:
    settings = IngestSettings.model_validate(
        {
            "ingest_postgres_dsn": own_database,
            "s3_endpoint": object_store.endpoint,
            "s3_access_key": object_store.access_key,
            "s3_secret_key": object_store.secret_key,
            "s3_bucket": object_store.bucket,
            "master_key": MASTER_KEY,
        }
    )
    pool = await open_pool(own_database, application_name="test", search_path="ingest")
    store: ObjectStore = open_store(settings)
    try:
        yield Facilities(pool, store, settings)
    finally:
        await pool.close()
        await store.close()


@pytest.fixture(scope="session")
def topics(kafka: Kafka) -> str:
    """The broker's address; the declared topics are there."""
    settings = TopicsSettings(kafka_bootstrap=kafka.bootstrap)
    run_apart(create_topics(settings, list_wanted(TOPICS)))
    return kafka.bootstrap


@pytest.fixture
async def ingest(facilities: Facilities, own_database: str, topics: str) -> AsyncIterator[Ingest]:
    async with AsyncExitStack() as resources:
        books = await open_pool(own_database, application_name="test", search_path="ledger")
        resources.push_async_callback(books.close)
        publisher = await Publisher.open(topics)
        resources.push_async_callback(publisher.close)
        app = create_app(title="test", version="1", lifespan=None)
        app.state.verifier = NamedKeys()
        app.include_router(build_router(facilities))
        client = await serve(app, resources)
        starts = await find_ends(topics)
        yield Ingest(client, facilities, books, publisher, topics, starts)
