"""Exports over real books and a real object store: columns, filters, bytes, events, faults."""

import csv
import gzip
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from contracts.api.exports import ExportQuery
from services.chassis.database import in_transaction, open_pool
from services.chassis.migrations import CHASSIS_MIGRATIONS, migrate
from services.chassis.object_store import ObjectStore, open_store
from services.chassis.problems import Problem
from services.exporter import settings as exporter_settings
from services.exporter.domain.exports import ExportRecord
from services.exporter.domain.files import name_object
from services.exporter.handlers.asking import ask, ask_by_event
from services.exporter.handlers.rendering import Renderer
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
    pool: asyncpg.Pool
    store: ObjectStore
    books: Books
    renderer: Renderer

    async def ask(self, **query: Any) -> ExportRecord:
        asked = ExportQuery.model_validate({"dataset": "accounts", **query})
        export = await in_transaction(self.pool, lambda one: ask(one, asked, actor="tester"))
        assert export is not None
        return export

    async def render(self, **query: Any) -> tuple[ExportRecord, bytes]:
        export = await self.ask(**query)
        assert await self.renderer.render_next()
        found = await exports.find_export(self.pool, export.id)
        assert found is not None
        assert found.state == "ready"
        return found, await self.read(found)

    async def read(self, export: ExportRecord) -> bytes:
        name = name_object(export.id, export.attempts)
        return b"".join([piece async for piece in self.store.open(name)])


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
    store = open_store(
        StoreFacts(
            object_store.endpoint,
            SecretStr(object_store.access_key),
            SecretStr(object_store.secret_key),
            bucket,
            SecretStr(MASTER_KEY),
        )
    )
    renderer = Renderer(pool, store, public_url="http://here", kept_days=7)
    yield Exporter(pool, store, Books(ledger), renderer)
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


def table(data: bytes, **reading: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), **reading))


async def test_an_export_holds_every_record_and_says_its_hash(exporter: Exporter) -> None:
    await exporter.books.book("accounts", [account(1, CustomParameter1="x"), account(2)])
    export, data = await exporter.render()
    rows = table(data)
    assert [(row["AccountNumber"], row["Balance"], row["CustomParameter1"]) for row in rows] == [
        ("A-1", "1.50", "x"),
        ("A-2", "2.50", ""),
    ]
    assert (export.rows, export.bytes) == (2, len(data))
    assert export.sha256 == sha256(data).hexdigest()
    said = await exporter.pool.fetchrow("select topic, value from outbox")
    assert said is not None
    assert said["topic"] == "ledgerport.exports-ready.v1"
    assert export.sha256.encode() in said["value"]


async def test_the_same_query_of_the_same_books_gives_the_same_bytes(exporter: Exporter) -> None:
    await exporter.books.book("accounts", [account(number) for number in range(1, 50)])
    first, one = await exporter.render(compression="gzip")
    second, other = await exporter.render(compression="gzip")
    assert one == other
    assert first.watermark == second.watermark
    assert len(table(gzip.decompress(one))) == 49


async def test_chosen_columns_filters_ids_and_order(exporter: Exporter) -> None:
    await exporter.books.book(
        "accounts", [account(n, Status="Closed" if n % 2 else "Active") for n in range(1, 7)]
    )
    _, data = await exporter.render(
        columns=["Balance", "account_number", "id"],
        filter={"status": "Active", "balance[gte]": 400},
        sort=["-balance"],
    )
    rows = table(data)
    assert [row["AccountNumber"] for row in rows] == ["A-6", "A-4"]
    assert list(rows[0]) == ["Balance", "AccountNumber", "Id"]
    _, by_id = await exporter.render(ids=[rows[1]["Id"]], columns=["AccountNumber"])
    assert by_id == b"AccountNumber\nA-4\n"


async def test_formulas_are_neutralised_in_text_and_numbers_are_left_alone(
    exporter: Exporter,
) -> None:
    rows = [account(1, AccountName="=1+1", CustomParameter1="@x"), account(2, Balance="-7.00")]
    await exporter.books.book("accounts", rows)
    _, data = await exporter.render()
    found = table(data)
    assert (found[0]["AccountName"], found[0]["CustomParameter1"]) == ("'=1+1", "'@x")
    assert found[1]["Balance"] == "-7.00"


async def test_locale_options(exporter: Exporter) -> None:
    await exporter.books.book("accounts", [account(1, DueDate="2026-02-03")])
    _, data = await exporter.render(
        locale={"delimiter": ";", "bom": True, "decimal": "1234,56", "date": "DD.MM.YYYY"}
    )
    assert data.startswith(b"\xef\xbb\xbfAccountNumber;")
    row = table(data, delimiter=";")[0]
    assert (row["Balance"], row["DueDate"]) == ("1,50", "03.02.2026")


async def test_an_import_layout_comes_back_unchanged(exporter: Exporter) -> None:
    await exporter.books.book(
        "accounts", [account(1, Agent="a@b.c", CustomParameter1="x"), account(2, Currency="JPY", Balance="7")]
    )
    _, data = await exporter.render(layout="import")
    rows: list[Cells] = [{k: v or None for k, v in row.items()} for row in table(data)]
    again = await exporter.books.book("accounts", rows)
    assert await exporter.books.actions(again) == [("unchanged", None)] * 2


@pytest.mark.parametrize(
    "query",
    [
        {"dataset": "nothing"},
        {"columns": ["Nope"]},
        {"filter": {"nope": "1"}},
        {"filter": {"balance[like]": "1"}},
        {"filter": {"balance": "1; drop table exports"}},
        {"sort": ["nope"]},
        {"locale": {"decimal": "?"}},
        {"locale": {"date": "?"}},
        {"ids": ["' or 1=1"]},
    ],
)
async def test_a_query_that_cannot_be_run_is_told_what_is_allowed(
    exporter: Exporter, query: dict[str, Any]
) -> None:
    with pytest.raises(Problem) as refused:
        await exporter.ask(**query)
    assert refused.value.status == 422
    assert refused.value.errors[0].sentence


@pytest.mark.parametrize("name", ["x'); drop table exports;--", "a\\'b", "%s $1", "\u2028"])
async def test_text_in_a_filter_never_becomes_sql(exporter: Exporter, name: str) -> None:
    await exporter.books.book("accounts", [account(1, AccountName=name), account(2)])
    _, data = await exporter.render(filter={"account_name": name}, columns=["AccountNumber"])
    assert data == b"AccountNumber\nA-1\n"


async def test_an_event_asks_once_and_a_bad_query_is_answered(exporter: Exporter) -> None:
    good: dict[str, object] = {"dataset": "accounts"}
    for content, event_id in ((good, "1"), (good, "1"), ({"dataset": "nope"}, "2"), ({}, "3")):
        await in_transaction(
            exporter.pool, lambda one: ask_by_event(one, content, source="s", event_id=event_id)
        )
    assert await exporter.pool.fetchval("select count(*) from exports") == 1
    topics = await exporter.pool.fetch("select topic from outbox")
    assert [row["topic"] for row in topics] == ["ledgerport.exports-failed.v1"] * 2


async def test_a_cancelled_export_leaves_no_file_and_no_event(exporter: Exporter) -> None:
    export = await exporter.ask()
    assert await exports.cancel_export(exporter.pool, export.id)
    assert not await exporter.renderer.render_next()
    assert [facts async for facts in exporter.store.list("exports/")] == []
    assert await exporter.pool.fetchval("select count(*) from outbox") == 0


async def test_an_expired_file_is_gone(exporter: Exporter) -> None:
    export, _ = await exporter.render()
    await exporter.pool.execute("update exports set expires_at = now() - interval '1 day'")
    await exporter.renderer.expire_old()
    found = await exports.find_export(exporter.pool, export.id)
    assert found is not None
    assert found.state == "expired"
    assert [facts async for facts in exporter.store.list("exports/")] == []
