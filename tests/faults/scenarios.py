"""What a seed does besides booking a file: its payments come first, or it is reverted."""

import asyncio
import io
import json
import random
from csv import DictWriter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from prove.access import Access
from prove.proof import prove_import
from tests.conftest import run_apart
from tests.faults.checker import Checked, read_topic
from tests.faults.file import SeededFile
from tests.faults.line import Line
from tests.stack import Stack

PAYMENT = Decimal("1.00")
PAYMENT_COLUMNS = ("TransactionReference", "AccountNumber", "Type", "Amount", "TransactionDate")
REVERT_POINTS = (
    "ledger.revert_before_commit",
    "ledger.revert_after_commit",
    "ledger.revert_finish_before_commit",
    "ledgerport-ledger-lifecycle.before_ack",
    "relay.after_send",
)
REVERTED = "ledgerport.imports-reverted.v1"
CHANGED = "ledgerport.ledger-changed.v1"


@dataclass(frozen=True)
class Scenario:
    """What comes before the file's accounts are booked, and what after it has been checked."""

    name: str

    @property
    def pays_first(self) -> bool:
        return self.name == "payments first"

    @property
    def reverts(self) -> bool:
        return self.name == "reverted"


def choose_scenario(chance: random.Random) -> Scenario:
    return Scenario(chance.choice(("booked", "payments first", "reverted")))


def make_payments(file: SeededFile) -> bytes:
    """One payment to each account of the file, to be sent before it."""
    text = io.StringIO()
    writer = DictWriter(text, PAYMENT_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for number in file.good:
        writer.writerow(
            {
                "TransactionReference": f"P-{number}",
                "AccountNumber": number,
                "Type": "payment",
                "Amount": str(PAYMENT),
                "TransactionDate": "2026-02-01",
            }
        )
    return text.getvalue().encode()


def upload_payments(line: Line, file: SeededFile, seed: int) -> str:
    config = {"record_type": "transactions", "complete": "automatic"}
    answer = line.call(
        "POST",
        "/v1/imports",
        files={"file": (f"payments-{seed}.csv", make_payments(file), "text/csv")},
        data={"config": json.dumps(config)},
        headers={"Idempotency-Key": f"chaos-payments-{seed}-{file.seed}"},
    )
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def await_posted(line: Line, payments_id: str, file: SeededFile) -> None:
    """Until nothing is parked any more: every payment has found its account."""
    shown: dict[str, Any] = {}

    def posted() -> bool:
        shown.update(line.show(payments_id))
        return shown["state"] == "completed" and shown["counts"]["created"] == len(file.good)

    line.wait(posted, lambda: f"payments {payments_id} stay {shown.get('counts')}")


def ask_to_revert(line: Line, import_id: str) -> None:
    answer = line.call("POST", f"/v1/imports/{import_id}/revert", json={})
    assert answer.status_code == 202, answer.text


def await_reverted(line: Line, import_id: str) -> None:
    shown: dict[str, Any] = {}

    def done() -> bool:
        shown.update(line.show(import_id))
        return shown["state"] == "reverted"

    line.wait(done, lambda: f"import {import_id} stays {shown.get('state')}")


def check_payments(stack: Stack, file: SeededFile, checked: Checked) -> None:
    """Each account has its payment once, and the books are the file less the payments."""
    paid, total = run_apart(_sum_payments(stack.postgres_dsn, file))
    checked.demand(paid == len(file.good), f"I2: {paid} payments of {len(file.good)}")
    expected = file.total_minor - int(PAYMENT * 100) * len(file.good)
    checked.demand(total == expected, f"I3: total {total} instead of {expected}")


async def _sum_payments(dsn: str, file: SeededFile) -> tuple[int, int]:
    connection = await asyncpg.connect(dsn)
    try:
        mine = f"S{file.seed}-"
        paid = await connection.fetchval(
            "select count(*) from ledger_v1.postings"
            " where kind = 'payment' and starts_with(account_number, $1)",
            mine,
        )
        total = await connection.fetchval(
            "select sum(balance) from ledger_v1.accounts"
            " where state = 'active' and starts_with(account_number, $1)",
            mine,
        )
        return paid, int(total)
    finally:
        await connection.close()


def check_reverted(stack: Stack, file: SeededFile, import_id: str, checked: Checked) -> None:
    """Every account is withdrawn, every posting has its counter-posting, each said once."""
    run_apart(_check_reverted_books(stack.postgres_dsn, file, UUID(import_id), checked))
    said = run_apart(read_topic(stack, CHANGED))
    rows = {
        value["row"]
        for value in said
        if value["import_id"] == import_id and value["change"] == "withdrawn"
    }
    checked.demand(len(rows) == len(file.good), f"I4: {len(rows)} withdrawals were announced")
    done = [v for v in run_apart(read_topic(stack, REVERTED)) if v["import_id"] == import_id]
    checked.demand(
        bool(done) and all(v["counts"]["reversed"] == len(file.good) for v in done),
        "I10: imports-reverted is missing or differs",
    )


async def _check_reverted_books(
    dsn: str, file: SeededFile, import_id: UUID, checked: Checked
) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        active = await connection.fetchval(
            "select count(*) from ledger_v1.accounts"
            " where state = 'active' and starts_with(account_number, $1)",
            f"S{file.seed}-",
        )
        checked.demand(active == 0, f"I5: {active} accounts are still active")
        uneven = await connection.fetchval(
            "select count(*) from (select row from ledger_v1.postings where import_id = $1"
            " group by row having count(*) <> 2 or sum(minor) <> 0) as rows",
            import_id,
        )
        checked.demand(uneven == 0, f"I2: {uneven} rows are not reversed exactly")
    finally:
        await connection.close()


def prove(stack: Stack, import_ids: list[str], checked: Checked) -> None:
    """By the independent check that users have, too."""
    access = Access(
        url=stack.url,
        api_key=stack.api_key,
        postgres_dsn=stack.postgres_dsn,
        kafka_bootstrap=stack.kafka_bootstrap,
    )
    for import_id in import_ids:
        report = asyncio.run(prove_import(access, import_id))
        wrong = [item for item in report.checks if not item.holds]
        checked.demand(report.holds, f"prove {import_id}: {[(i.name, i.where) for i in wrong]}")
