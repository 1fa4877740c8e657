"""The worker as it runs, with its own database role: requests from the topic, what it says, and
what is left when it dies.
"""

# aiokafka comes without types
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
from aiokafka import AIOKafkaConsumer

from contracts.envelope import attributes_of, cloud_event_headers
from contracts.events.exports import ExportFailed, ExportReady
from contracts.topics import EXPORTS_FAILED, EXPORTS_READY, EXPORTS_REQUESTED, Topic
from services.chassis.database import open_pool
from services.chassis.publishing import OutboundMessage, Publisher
from tests.conftest import ObjectStore
from tests.exporter.conftest import account
from tests.ledger.conftest import Books
from tests.stack import Stack

PATIENCE_SECONDS = 90
WORKER = "exporter-worker"
SOURCE = "/downstream/warehouse"


@pytest.fixture
def worker(held_stack: Stack) -> Stack:
    held_stack.bring_up(WORKER, "api")
    if not held_stack.wiring.secrets.api_key:
        held_stack.bring_up("issue-key")
    return held_stack


@pytest.fixture
async def publisher(worker: Stack) -> AsyncIterator[Publisher]:
    publisher = await Publisher.open(worker.kafka_bootstrap)
    yield publisher
    await publisher.close()


@pytest.fixture
async def mark(worker: Stack) -> AsyncIterator[str]:
    """The beginning of the numbers of this test's own three accounts, as the books are shared."""
    mark = uuid.uuid4().hex[:10]
    pool = await open_pool(worker.postgres_dsn, application_name="test", search_path="ledger")
    rows = [account(number, AccountNumber=f"{mark}-{number}", Debtor=mark) for number in range(3)]
    await Books(pool).book("accounts", rows)
    yield mark
    await pool.close()


def request(
    query: Any, event_id: str, *, event_type: str = EXPORTS_REQUESTED.event_type, ahead: int = 0
) -> OutboundMessage:
    moment = datetime.now(UTC) + timedelta(days=ahead)
    headers = cloud_event_headers(
        event_id=event_id, source=SOURCE, event_type=event_type, time=moment.isoformat()
    )
    value = query if isinstance(query, bytes) else orjson.dumps({"query": query})
    return OutboundMessage(EXPORTS_REQUESTED.name, b"any", value, headers)


@asynccontextmanager
async def listening(stack: Stack, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=stack.kafka_bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def answers_to(
    stack: Stack, topic: Topic, event_ids: set[str]
) -> list[tuple[dict[str, Any], str]]:
    """One answer to each of these requests, with its `ce_id`; more of them if they have come."""
    found: list[tuple[dict[str, Any], str]] = []
    async with asyncio.timeout(PATIENCE_SECONDS), listening(stack, topic.name) as consumer:
        while not event_ids <= {said["ce_id"] for said, _ in found}:
            message = await consumer.getone()
            said = orjson.loads(message.value)
            if said["ce_id"] in event_ids:
                found.append((said, attributes_of(dict(message.headers)).id))
    return found


def narrow(mark: str, **query: Any) -> dict[str, Any]:
    return {"dataset": "accounts", "filter": {"debtor": mark}, **query}


async def download(stack: Stack, url: str) -> bytes:
    async with httpx.AsyncClient() as client:
        answer = await client.get(url, headers={"Authorization": f"Bearer {stack.api_key}"})
    assert answer.status_code == 200
    return answer.content


async def test_a_request_is_answered_once_with_a_file_to_fetch(
    worker: Stack, publisher: Publisher, mark: str
) -> None:
    asked = request(narrow(mark, columns=["AccountNumber", "Balance"], sort=["-balance"]), mark)
    await publisher.send([asked, asked])
    await publisher.send([asked, request(narrow(mark), f"{mark}-last")])
    said = await answers_to(worker, EXPORTS_READY, {mark, f"{mark}-last"})
    [(mine, event_id)] = [pair for pair in said if pair[0]["ce_id"] == mark]
    ready = ExportReady.model_validate(mine)
    assert (ready.rows, ready.dataset, ready.ce_source) == (3, "accounts", SOURCE)
    assert event_id == f"exports-ready/{ready.export_id}"
    lines = (await download(worker, ready.download_url)).decode().splitlines()
    assert lines == ["AccountNumber,Balance", *(f"{mark}-{n},{n}.50" for n in (2, 1, 0))]


async def test_a_query_that_cannot_be_run_is_answered_and_the_partition_goes_on(
    worker: Stack, publisher: Publisher, mark: str
) -> None:
    bad = {
        f"{mark}-1": {"dataset": "nothing"},
        f"{mark}-2": {"dataset": "accounts", "columns": ["Nope"]},
        f"{mark}-3": {"dataset": "accounts", "unknown": 1},
        f"{mark}-4": {"dataset": "accounts", "purpose": "\x00"},
        f"{mark}-5": {},
    }
    messages = [request(query, event_id) for event_id, query in bad.items()]
    await publisher.send([*messages, request(narrow(mark), mark)])
    said = await answers_to(worker, EXPORTS_FAILED, set(bad))
    failures = {one["ce_id"]: ExportFailed.model_validate(one) for one, _ in said}
    assert {failure.export_id for failure in failures.values()} == {None}
    assert failures[f"{mark}-1"].code == "unknown_dataset"
    assert "accounts" in failures[f"{mark}-1"].sentence
    assert "unknown" in failures[f"{mark}-3"].sentence
    assert await answers_to(worker, EXPORTS_READY, {mark})


async def test_what_cannot_be_read_is_set_aside_and_the_partition_goes_on(
    worker: Stack, publisher: Publisher, mark: str
) -> None:
    poison = [
        (request(f"{{{mark}".encode(), f"{mark}-1"), b"not_readable"),
        (request(f'{{"mark": "{mark}"}}'.encode(), f"{mark}-2"), b"not_readable"),
        (
            request({"m": mark}, f"{mark}-3", event_type="ledgerport.exports-requested.v9"),
            b"unknown_version",
        ),
        (request({"m": mark}, f"{mark}-4", ahead=2), b"future_time"),
        (request({"m": mark}, f"{mark}\x00-5"), b"wrong_header"),
    ]
    headless = OutboundMessage(EXPORTS_REQUESTED.name, None, mark.encode())
    expected = [*(code for _, code in poison), b"wrong_header"]
    await publisher.send([*(message for message, _ in poison), headless])
    await publisher.send([request(narrow(mark), mark)])
    codes: list[bytes] = []
    dead_letters = EXPORTS_REQUESTED.dead_letters
    async with asyncio.timeout(PATIENCE_SECONDS), listening(worker, dead_letters) as consumer:
        while len(codes) < len(expected):
            message = await consumer.getone()
            if mark.encode() in message.value:
                codes.append(dict(message.headers)["dlq-code"])
    assert sorted(codes) == sorted(expected)
    assert await answers_to(worker, EXPORTS_READY, {mark})


@pytest.mark.parametrize("point", ["exporter.mid_upload", "exporter.after_upload"])
async def test_a_renderer_that_dies_is_followed_by_one_that_finishes(
    worker: Stack, publisher: Publisher, mark: str, point: str
) -> None:
    starts = worker.unit(WORKER).starts
    worker.set_for_next_start(WORKER, {"LEDGERPORT_CRASH_POINT": point})
    worker.restart(WORKER)
    await publisher.send([request(narrow(mark), mark)])
    [(said, _)] = await answers_to(worker, EXPORTS_READY, {mark})
    ready = ExportReady.model_validate(said)
    assert worker.unit(WORKER).starts >= starts + 2
    assert len((await download(worker, ready.download_url)).splitlines()) == 1 + 3
    client = ObjectStore(
        worker.s3_endpoint, worker.s3_access_key, worker.s3_secret_key, worker.s3_bucket
    ).open_client()
    listed = client.list_objects(
        bucket_name=worker.s3_bucket, prefix=f"exports/{ready.export_id}/", recursive=True
    )
    assert [found.object_name for found in listed] == [f"exports/{ready.export_id}/2"]
