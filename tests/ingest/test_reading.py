"""The reading of an upload onto the topic: whole, once in effect, resumed, stopped."""

import asyncio
import gzip
import os
import signal
import sys
from datetime import timedelta
from typing import Any

import orjson
import pytest

from contracts.envelope import Reading
from services.ingest.settings import IngestSettings

ROWS = 12_000
BIG = "AccountNumber,AccountName,Balance,Padding\n" + "".join(
    f"A-{number},Name {number},{number}.00,{'p' * 40}\n" for number in range(1, ROWS + 1)
)


def numbers(received: dict[bytes, list[list[Any]]]) -> list[int]:
    return [row[0] for rows in received.values() for row in rows]


async def test_every_row_is_sent_under_one_header_in_the_order_of_the_file(ingest: Any) -> None:
    opened = await ingest.open(BIG, mapping={"AccountName": "AccountName", "Balance": "Balance"})
    await ingest.read()
    ((header, rows),) = (await ingest.received(opened["id"])).items()
    reading = Reading.from_header(header)
    assert str(reading.import_id) == opened["id"]
    assert (reading.revision, reading.record_type) == (1, "accounts")
    assert reading.fields == ("AccountName", "Balance")
    assert [row[0] for row in rows] == list(range(1, ROWS + 1))
    assert rows[6] == [7, 1, ["Name 7", "7.00"]]
    steps = await ingest.take_steps()
    assert [step.kind for step in steps] == ["opened", "read"]
    assert (steps[1].rows, steps[1].default_currency) == (ROWS, "USD")


async def test_a_row_is_found_again_by_its_blocks_position(ingest: Any) -> None:
    ready = await ingest.review(BIG)
    places = await ingest.facilities.pool.fetchval("select count(*) from positions")
    assert places > 3
    for wanted in (1, ROWS // 2, ROWS):
        answer = await ingest.get(
            f"/v1/imports/{ready['id']}/rows", starting_after=wanted - 1, limit=1
        )
        (row,) = answer.json()["data"]
        assert row["raw"]["AccountName"] == f"Name {wanted}"


async def test_reading_again_sends_the_same_rows_which_change_nothing(ingest: Any) -> None:
    opened = await ingest.open(BIG)
    await ingest.read()
    await ingest.facilities.pool.execute("update uploads set state = 'reading'")
    await ingest.read()
    sent = numbers(await ingest.received(opened["id"]))
    assert sorted(sent) == sorted([*range(1, ROWS + 1)] * 2)
    await ingest.settle()
    ready = await ingest.show(opened["id"])
    assert (ready["state"], ready["counts"]["created"]) == ("ready", ROWS)


async def test_a_lease_that_is_not_renewed_is_taken_over(ingest: Any) -> None:
    opened = await ingest.open(BIG)
    await ingest.facilities.pool.execute(
        "update uploads set lease_holder = gen_random_uuid(), lease_until = now() + '1 hour'"
    )
    assert await ingest.open_reader().read_next() is False
    await ingest.facilities.pool.execute(
        "update uploads set lease_until = now() - interval '1 second'"
    )
    assert await ingest.open_reader().read_next() is True
    assert (await ingest.show(opened["id"]))["counts"]["rows"] == ROWS


async def test_two_readers_never_read_one_upload_at_once(ingest: Any) -> None:
    opened = [await ingest.open(BIG) for _ in range(2)]
    readers = [ingest.open_reader() for _ in range(3)]
    done = await asyncio.gather(*(reader.read_next() for reader in readers))
    assert sorted(done) == [False, True, True]
    for one in opened:
        assert sorted(numbers(await ingest.received(one["id"]))) == list(range(1, ROWS + 1))


async def test_a_reader_that_has_lost_its_lease_says_nothing(ingest: Any) -> None:
    """A zombie that comes back after another has taken over, or after a cancellation."""
    opened = await ingest.open(BIG)
    await ingest.take_steps()
    reader = ingest.open_reader(timedelta(seconds=60))
    reading = asyncio.create_task(reader.read_next())
    pool = ingest.facilities.pool
    while not await pool.fetchval("select lease_holder is not null from uploads"):
        await asyncio.sleep(0)
    await pool.execute("update uploads set lease_holder = gen_random_uuid()")
    await reading
    assert await ingest.take_steps() == []
    assert (await ingest.show(opened["id"]))["state"] == "reading"


async def test_an_import_cancelled_while_it_is_read_stays_cancelled(ingest: Any) -> None:
    opened = await ingest.open(BIG)
    reading = asyncio.create_task(ingest.open_reader().read_next())
    pool = ingest.facilities.pool
    while not await pool.fetchval("select lease_holder is not null from uploads"):
        await asyncio.sleep(0)
    assert (await ingest.cancel(opened["id"])).json()["state"] == "cancelled"
    await reading
    kinds = [step.kind for step in await ingest.take_steps()]
    assert kinds in (
        ["opened", "cancellation_requested"],
        ["opened", "read", "cancellation_requested"],
    )
    assert (await ingest.show(opened["id"]))["state"] == "cancelled"


async def test_a_stopped_reader_gives_its_upload_back(
    ingest: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.ingest.handlers.reading.PROGRESS_SECONDS", 0.0)
    await ingest.open(BIG)
    stop = asyncio.Event()
    stop.set()
    reader = ingest.open_reader(timedelta(hours=1), stop)
    await reader.read_next()
    assert await ingest.open_reader().read_next() is True


async def test_what_the_reader_found_is_sent_with_the_row(ingest: Any) -> None:
    file = (
        'AccountName,Balance,Status\n"ABC",$1,250.00,Active\nBeta,2.00\n'
        "Gamma,3.00,Active,more\nDel\x00ta,4.00,Active\n"
    )
    opened = await ingest.open(file)
    await ingest.read()
    (rows,) = (await ingest.received(opened["id"])).values()
    assert rows[0][2:][0] == ["ABC", "$1,250.00", "Active"]
    assert [row[3][0][0] for row in rows] == [
        "repaired",
        "ragged_short",
        "ragged_long",
        "null_bytes",
    ]
    assert rows[2][2] == ["Gamma", "3.00", "Active", "more"]
    assert rows[1][2] == ["Beta", "2.00", ""]


async def test_constants_and_cleared_fields_are_said_with_the_rows(ingest: Any) -> None:
    opened = await ingest.open(
        "AccountName,Balance,DueDate\nAlpha,1.00,\n",
        constants={"Currency": "EUR", "Status": "Active"},
        empty_cells="clear",
    )
    await ingest.read()
    ((header, rows),) = (await ingest.received(opened["id"])).items()
    reading = Reading.from_header(header)
    assert reading.fields == ("AccountName", "Balance", "DueDate", "Status", "Currency")
    assert reading.clear == ("AccountName", "Balance", "DueDate")
    assert rows == [[1, 1, ["Alpha", "1.00", "", "Active", "EUR"]]]


async def test_an_archive_that_breaks_off_late_fails_with_its_rows_unsaid(ingest: Any) -> None:
    whole = gzip.compress(BIG.encode(), 1)
    opened = await ingest.open(whole[: len(whole) - 100])
    assert opened["state"] == "reading"
    await ingest.read()
    failed = await ingest.show(opened["id"])
    assert (failed["state"], failed["failure"]["code"]) == ("failed", "archive_broken")
    assert [step.kind for step in await ingest.take_steps()] == ["opened"]


def worker_environment(
    settings: IngestSettings, bootstrap: str, crash_point: str
) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "LEDGERPORT_INGEST_POSTGRES_DSN": settings.ingest_postgres_dsn.get_secret_value(),
        "LEDGERPORT_S3_ENDPOINT": settings.s3_endpoint,
        "LEDGERPORT_S3_ACCESS_KEY": settings.s3_access_key.get_secret_value(),
        "LEDGERPORT_S3_SECRET_KEY": settings.s3_secret_key.get_secret_value(),
        "LEDGERPORT_S3_BUCKET": settings.s3_bucket,
        "LEDGERPORT_MASTER_KEY": settings.master_key.get_secret_value(),
        "LEDGERPORT_KAFKA_BOOTSTRAP": bootstrap,
        "LEDGERPORT_CRASH_POINT": crash_point,
        "LEDGERPORT_INGEST_LEASE_SECONDS": "1",
    }


@pytest.mark.parametrize("crash_point", ["ingest.half_read:3", "ingest.all_read"])
async def test_a_worker_killed_while_reading_is_replaced_without_a_trace(
    ingest: Any, own_database: str, crash_point: str
) -> None:
    connection = ingest.facilities.pool
    name = own_database.rsplit("/", 1)[1]
    await connection.execute(f'alter database "{name}" set search_path = ingest')
    opened = await ingest.open(BIG)
    environment = worker_environment(ingest.facilities.settings, ingest.bootstrap, crash_point)
    worker = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.ingest",
        "worker",
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await worker.wait() == -signal.SIGKILL
    while not await ingest.open_reader().read_next():
        await asyncio.sleep(0.05)
    sent = numbers(await ingest.received(opened["id"]))
    assert set(sent) == set(range(1, ROWS + 1))
    steps = [step for step in await ingest.take_steps() if step.kind == "read"]
    assert [step.rows for step in steps] == [ROWS]


async def test_a_cell_of_any_text_arrives_as_it_stood(ingest: Any) -> None:
    nasty = 'Ünïcödé ✓ "quoted" \\ back'
    ndjson = orjson.dumps({"AccountName": nasty, "Balance": "1.00"})
    opened = await ingest.open(ndjson)
    await ingest.read()
    (rows,) = (await ingest.received(opened["id"])).values()
    assert rows[0][2] == [nasty, "1.00"]
