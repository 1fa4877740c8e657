"""The proof of what upstream sources sent, and of all that happened on one UTC day."""

import datetime
from typing import Any

import asyncpg

from tests.conftest import run_apart
from tests.flow.caller import wait_for
from tests.flow.topics import Submission, submit
from tests.prove.falsifying import Falsification, falsified
from tests.prove.line import Line

QUIET_DAY = "2001-02-03"
DELETED = Falsification(
    "postings",
    "import_no = $import and row = 1",
    "delete from ledger.postings where import_no = $import and row = 1",
)


def account(line: Line, number: int, balance: str) -> Submission:
    key = f"{line.mark}-{number}"
    said = {"AccountNumber": key, "AccountName": f"Name {key}", "Balance": balance}
    return Submission(f"/upstream/{line.mark}", f"account {number}", key, record=said)


def payment(line: Line, number: int, amount: str) -> Submission:
    key = f"{line.mark}-{number}"
    said = {
        "TransactionReference": f"{line.mark}-P{number}",
        "AccountNumber": key,
        "Type": "payment",
        "Amount": amount,
        "TransactionDate": "2026-01-02",
    }
    return Submission(f"/upstream/{line.mark}", f"payment {number}", key, "transactions", said)


def feed_of(line: Line, record_type: str, **counts: int) -> str:
    """The id of the mark's feed once it has these counts."""

    def find() -> str | None:
        page = line.caller.get("/v1/feeds", source=f"/upstream/{line.mark}").json()
        for item in page["data"]:
            shown: dict[str, Any] = line.caller.get(f"/v1/feeds/{item['id']}").json()
            if item["record_type"] == record_type and counts.items() <= shown["counts"].items():
                return item["id"]
        return None

    return wait_for(find, f"feed of {record_type} with {counts}")


def test_feeds_with_rejected_and_parked_records_are_proven(line: Line) -> None:
    submit(
        line.stack.kafka_bootstrap,
        account(line, 1, "10.00"),
        account(line, 2, "x"),
        payment(line, 1, "4.00"),
        payment(line, 3, "1.00"),
    )
    payments = feed_of(line, "transactions", created=1, parked=1)
    accounts = feed_of(line, "accounts", created=1, rejected=1)
    assert line.assert_proven(accounts)["posted"] == {"USD": 1000}
    proven = line.assert_proven(payments)
    assert proven["kind"] == "feed"
    assert proven["posted"] == {"USD": -400}
    submit(line.stack.kafka_bootstrap, account(line, 3, "30.00"))
    feed_of(line, "transactions", created=2)
    assert line.assert_proven(payments)["posted"] == {"USD": -500}


def test_a_feed_whose_posting_is_gone_is_not_proven(line: Line) -> None:
    submit(line.stack.kafka_bootstrap, account(line, 1, "10.00"))
    feed = feed_of(line, "accounts", created=1)
    breaks = line.breaks(feed, DELETED)
    assert "row 1: planned 1000, posted 0" in breaks.values()


def test_a_reverted_feed_is_proven(line: Line) -> None:
    submit(line.stack.kafka_bootstrap, account(line, 1, "10.00"), account(line, 2, "20.00"))
    feed = feed_of(line, "accounts", created=2)
    line.revert_feed(feed)
    proven = line.assert_proven(feed)
    assert proven["state"] == "reverted"
    assert proven["posted"] == {"USD": 0}


def test_a_day_is_proven_import_by_import_and_in_total(line: Line) -> None:
    book = line.caller.book(line.accounts("10.00", "20.00"))["id"]
    line.caller.book(line.accounts("99.00", first=9))
    submit(line.stack.kafka_bootstrap, account(line, 5, "5.00"))
    feed = feed_of(line, "accounts", created=1)
    assert line.prove("--day", QUIET_DAY).json["reports"] == []
    run_apart(move_to(line.stack.postgres_dsn, book, feed))
    ran = line.prove("--day", QUIET_DAY)
    assert ran.exit_code == 0, ran.out
    assert {report["import_id"] for report in ran.json["reports"]} == {book, feed}
    assert (ran.json["rows"], ran.json["posted"]) == (3, {"USD": 3500})
    with falsified(line.stack.postgres_dsn, book, DELETED):
        broken = line.prove("--day", QUIET_DAY, form="")
    assert broken.exit_code == 1
    first, where, second, total, verdict = broken.out.splitlines()
    assert first == f"import {book}: BROKEN, 2 rows, posted 20.00 USD"
    assert where.endswith("row 1: planned 1000, posted 0")
    assert second == f"feed {feed}: holds, 1 rows, posted 5.00 USD"
    assert total == f"{QUIET_DAY}: 3 rows, posted 25.00 USD"
    assert verdict == "1 of 2 are proven."


def test_either_an_id_or_a_day_is_proven(line: Line) -> None:
    assert line.prove(form="").exit_code == 2
    assert line.prove("--day", "yesterday", form="").exit_code == 2


async def move_to(dsn: str, *import_ids: str) -> None:
    """As if these had been completed, or received, on the quiet day."""
    connection = await asyncpg.connect(dsn)
    day = datetime.datetime.fromisoformat(f"{QUIET_DAY}T12:00:00+00:00")
    for import_id in import_ids:
        await connection.execute(
            "update ledger.imports set completed_at = $1 where import_id = $2", day, import_id
        )
        await connection.execute(
            "update ledger.feeds set day = $1 where import_no ="
            " (select import_no from ledger.imports where import_id = $2)",
            day.date(),
            import_id,
        )
    await connection.close()
