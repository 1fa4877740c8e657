"""The independent checker of the invariants in the design's `faults.md`: SQL, topics, bytes."""

import csv
import io
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.topics import TOPICS
from tests.conftest import run_apart
from tests.faults.file import SeededFile
from tests.stack import Stack

CHANGED = "ledgerport.ledger-changed.v1"
PARTITIONS = {topic.name: topic.partitions for topic in TOPICS}
COMPLETED = "ledgerport.imports-completed.v1"
READY = "ledgerport.exports-ready.v1"


@dataclass
class Checked:
    """`broken`: a sentence for each invariant that does not hold."""

    rows_booked: int = 0
    broken: list[str] = field(default_factory=list[str])

    def demand(self, holds: bool, sentence: str) -> None:
        if not holds:
            self.broken.append(sentence)


@dataclass(frozen=True)
class Expected:
    """Dead letters there were before, and what was paid to each account before it came."""

    letters_before: int
    paid_minor: int = 0


def check(
    stack: Stack,
    file: SeededFile,
    import_id: str,
    *,
    export: dict[str, Any],
    expected: Expected,
) -> Checked:
    """All invariants for one import and one export of its records."""
    checked = Checked()
    file = file.less(expected.paid_minor)
    run_apart(_check_books(stack, file, UUID(import_id), checked))
    run_apart(_check_topics(stack, file, import_id, export=export, checked=checked))
    _check_export(file, export, checked)
    letters = run_apart(count_dead_letters(stack.kafka_bootstrap)) - expected.letters_before
    checked.demand(letters == 0, f"I12: {letters} dead letters")
    return checked


async def _check_books(stack: Stack, file: SeededFile, import_id: UUID, checked: Checked) -> None:
    connection = await asyncpg.connect(stack.postgres_dsn)
    try:
        await _check_rows(connection, file, import_id, checked)
        await _check_balances(connection, file, checked)
    finally:
        await connection.close()


async def _check_rows(
    connection: asyncpg.Connection, file: SeededFile, import_id: UUID, checked: Checked
) -> None:
    rows = await connection.fetch(
        "select row, outcome from ledger_v1.import_rows where import_id = $1", import_id
    )
    outcomes = [row["outcome"] for row in rows]
    numbers = {row["row"] for row in rows}
    checked.rows_booked = outcomes.count("created")
    checked.demand(
        numbers == set(range(1, file.rows + 1)) and len(rows) == file.rows,
        f"I1: {len(rows)} rows, {len(numbers)} distinct, of {file.rows}",
    )
    checked.demand(
        outcomes.count("created") == len(file.good) and outcomes.count("rejected") == file.bad,
        f"I1: {outcomes.count('created')} created of {len(file.good)}",
    )
    posted = await connection.fetch(
        "select row, count(*) as n from ledger_v1.postings where import_id = $1 group by row",
        import_id,
    )
    applied = {row["row"] for row in rows if row["outcome"] == "created"}
    checked.demand(
        {row["row"] for row in posted} == applied and all(row["n"] == 1 for row in posted),
        f"I2: {len(posted)} rows have postings, {len(applied)} were applied",
    )


async def _check_balances(
    connection: asyncpg.Connection, file: SeededFile, checked: Checked
) -> None:
    accounts = await connection.fetch(
        "select account_number, account_name, balance, status, agent, due_date::text as due_date"
        " from ledger_v1.accounts where starts_with(account_number, $1) and state = 'active'",
        f"S{file.seed}-",
    )
    total = sum(row["balance"] for row in accounts)
    checked.demand(total == file.total_minor, f"I3: total {total} instead of {file.total_minor}")
    known = {
        row["account_number"]: (
            row["account_name"],
            row["balance"],
            row["status"],
            row["agent"],
            row["due_date"],
        )
        for row in accounts
    }
    expected = {
        number: (
            cells["AccountName"],
            round(float(cells["Balance"]) * 100),
            cells["Status"],
            cells["Agent"],
            cells["DueDate"],
        )
        for number, cells in file.good.items()
    }
    checked.demand(known == expected and len(accounts) == len(expected), "I5: the books differ")
    wrong = await connection.fetchval(
        "select count(*) from ledger_v1.balances as b where b.minor is distinct from"
        " (select sum(p.minor) from ledger_v1.postings as p where p.account_id = b.account_id)"
        " and b.account_id in"
        " (select id from ledger_v1.accounts where starts_with(account_number, $1))",
        f"S{file.seed}-",
    )
    checked.demand(wrong == 0, f"I3: {wrong} balances differ from their postings")


async def _check_topics(
    stack: Stack, file: SeededFile, import_id: str, *, export: dict[str, Any], checked: Checked
) -> None:
    changes = [
        value for value in await read_topic(stack, CHANGED) if value["import_id"] == import_id
    ]
    rows = {value["row"] for value in changes}
    checked.demand(
        len(rows) == len(file.good) and len({value["id"] for value in changes}) == len(rows),
        f"I4: {len(rows)} rows announced of {len(file.good)}",
    )
    completed = [v for v in await read_topic(stack, COMPLETED) if v["import_id"] == import_id]
    checked.demand(
        bool(completed) and all(v["counts"]["created"] == len(file.good) for v in completed),
        "I10: imports-completed is missing or differs",
    )
    announced = [v for v in await read_topic(stack, READY) if v["export_id"] == export["id"]]
    checked.demand(
        bool(announced) and all(v["sha256"] == export["sha256"] for v in announced),
        "I8: exports-ready is missing or differs",
    )


async def count_dead_letters(bootstrap: str) -> int:
    """Messages on all dead-letter topics."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        parts = [TopicPartition(topic.dead_letters, 0) for topic in TOPICS if topic.consumed]
        return sum((await consumer.end_offsets(parts)).values())
    finally:
        await consumer.stop()


async def read_topic(stack: Stack, topic: str) -> list[dict[str, Any]]:
    """Everything on a topic, from its beginning to its end as it is now."""
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.kafka_bootstrap)
    await consumer.start()
    try:
        parts = [TopicPartition(topic, number) for number in range(PARTITIONS.get(topic, 1))]
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        ends = await consumer.end_offsets(parts)
        values: list[dict[str, Any]] = []
        while any([await consumer.position(part) < ends[part] for part in parts]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                values += [orjson.loads(record.value) for record in records]
        return values
    finally:
        await consumer.stop()


def _check_export(file: SeededFile, export: dict[str, Any], checked: Checked) -> None:
    content: bytes = export["content"]
    checked.demand(
        sha256(content).hexdigest() == export["sha256"] and len(content) == export["bytes"],
        "I8: the file's bytes differ from what was announced",
    )
    rows = {row["AccountNumber"]: row for row in csv.DictReader(io.StringIO(content.decode()))}
    checked.demand(rows == file.good, "I7: the exported rows differ from the file's")
