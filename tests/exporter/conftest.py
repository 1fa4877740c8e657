"""An exporter over real books and a real object store, driven by the handlers that its doors
call.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from contracts.api.exports import ExportQuery
from services.chassis.database import in_transaction, open_pool
from services.chassis.migrations import CHASSIS_MIGRATIONS, migrate
from services.chassis.object_store import ObjectStore, open_store
from services.exporter import settings as exporter_settings
from services.exporter.domain.exports import ExportRecord
from services.exporter.domain.files import name_object
from services.exporter.handlers.asking import ask
from services.exporter.handlers.attempting import Facilities, render_next
from services.exporter.repository import exports
from tests.conftest import ObjectStore as RunningStore
from tests.ledger.conftest import Books, Cells, lay_books

MIGRATIONS = Path(exporter_settings.__file__).parent / "migrations"
MASTER_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@dataclass
class StoreFacts:
    s3_endpoint: str
    s3_access_key: SecretStr
    s3_secret_key: SecretStr
    s3_bucket: str
    master_key: SecretStr


@dataclass
class Exporter:
    """What a test does with an exporter."""

    dsn: str
    facilities: Facilities
    books: Books

    @property
    def pool(self) -> asyncpg.Pool:
        return self.facilities.pool

    @property
    def store(self) -> ObjectStore:
        return self.facilities.store

    async def ask(self, **query: Any) -> ExportRecord:
        asked = ExportQuery.model_validate({"dataset": "accounts", **query})
        export = await in_transaction(self.pool, lambda one: ask(one, asked, actor="tester"))
        assert export is not None
        return export

    async def render_next(self, **changes: Any) -> bool:
        return await render_next(replace(self.facilities, **changes))

    async def render(self, **query: Any) -> tuple[ExportRecord, bytes]:
        export = await self.ask(**query)
        assert await self.render_next()
        found = await self.find(export)
        assert found.state == "ready", found.failure
        return found, await self.read(found)

    async def find(self, export: ExportRecord) -> ExportRecord:
        found = await exports.find_export(self.pool, export.id)
        assert found is not None
        return found

    async def read(self, export: ExportRecord) -> bytes:
        name = name_object(export.id, export.attempts)
        return b"".join([piece async for piece in self.store.open(name)])

    async def list_objects(self) -> list[str]:
        return [facts.name async for facts in self.store.list("exports/")]

    async def list_said(self) -> list[tuple[str, bytes]]:
        """Topic and value of what waits in the outbox."""
        rows = await self.pool.fetch("select topic, value from outbox order by id")
        return [(row["topic"], row["value"]) for row in rows]


@pytest.fixture
async def exporter(
    database: str, object_store: RunningStore, bucket: str
) -> AsyncIterator[Exporter]:
    await lay_books(database)
    connection = await asyncpg.connect(database)
    await connection.execute("create schema exporter")
    await connection.close()
    await migrate(database, schema="exporter", folders=[CHASSIS_MIGRATIONS, MIGRATIONS])
    pool = await open_pool(database, application_name="test", search_path="exporter")
    ledger = await open_pool(database, application_name="test", search_path="ledger")
    facts = StoreFacts(
        object_store.endpoint,
        SecretStr(object_store.access_key),
        SecretStr(object_store.secret_key),
        bucket,
        SecretStr(MASTER_KEY),
    )
    store = open_store(facts)
    facilities = Facilities(pool=pool, books=pool, store=store, public_url="http://here/")
    yield Exporter(database, facilities, Books(ledger))
    await store.close()
    await ledger.close()
    await pool.close()


def account(number: int, **more: str | None) -> Cells:
    return {
        "AccountNumber": f"A-{number}",
        "AccountName": f"Name {number}",
        "Balance": f"{number}.50",
        **more,
    }


def payment(number: int, **more: str | None) -> Cells:
    return {
        "TransactionReference": f"P-{number}",
        "AccountNumber": "A-1",
        "Type": "payment",
        "Amount": f"{number}.25",
        "TransactionDate": "2026-02-01",
        **more,
    }
