"""A test's own imports and feeds on the whole line, changed by messages, proven by the command."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from contracts.events.import_lifecycle import (
    AnyStep,
    RevertRequested,
    RowsDismissed,
    RowsReleased,
)
from contracts.topics import IMPORT_LIFECYCLE
from tests.cli.conftest import Ran, run_command
from tests.conftest import run_apart
from tests.flow.caller import Caller, wait_for
from tests.flow.topics import publish
from tests.prove.falsifying import Falsification, falsified
from tests.stack import Stack

ACCOUNTS = "AccountNumber,AccountName,Balance\n"
PAYMENTS = "TransactionReference,AccountNumber,Type,Amount,TransactionDate\n"


@dataclass(frozen=True)
class Line:
    """The whole line under numbers of a test's own."""

    stack: Stack
    caller: Caller
    mark: str

    def accounts(self, *balances: str, first: int = 1, name: str = "Name") -> str:
        rows = (
            f"{self.mark}-{number},{name} {self.mark} {number},{balance}\n"
            for number, balance in enumerate(balances, first)
        )
        return ACCOUNTS + "".join(rows)

    def payments(self, *amounts: str, first: int = 1) -> str:
        """One payment to each account, from the first on."""
        rows = (
            f"{self.mark}-P{number},{self.mark}-{number},payment,{amount},2026-01-02\n"
            for number, amount in enumerate(amounts, first)
        )
        return PAYMENTS + "".join(rows)

    def say(self, step: AnyStep) -> None:
        """What ingest would say of an import."""
        value = step.model_dump_json().encode()
        publish(self.stack.kafka_bootstrap, IMPORT_LIFECYCLE.name, value, {})

    def revert(self, import_id: str) -> None:
        self.say(RevertRequested(import_id=uuid.UUID(import_id), actor="tester"))
        self.caller.await_state(import_id, "reverted")

    def revert_feed(self, feed_id: str) -> None:
        """The ledger's view is asked: the API does not say it of feeds."""
        self.say(RevertRequested(import_id=uuid.UUID(feed_id), actor="tester"))
        wait_for(
            lambda: run_apart(_state_of(self.stack.postgres_dsn, feed_id)) == "reverted",
            f"feed {feed_id} reverted",
        )

    def release(self, import_id: str, row: int) -> None:
        self.say(RowsReleased(import_id=uuid.UUID(import_id), rows=[row], actor="tester"))
        self.await_row(import_id, row, lambda shown: shown["outcome"] != "held")

    def dismiss(self, import_id: str, row: int) -> None:
        self.say(RowsDismissed(import_id=uuid.UUID(import_id), rows=[row], actor="tester"))
        self.await_row(import_id, row, lambda shown: shown["outcome"] == "rejected")

    def await_row(
        self, import_id: str, row: int, reached: Callable[[dict[str, Any]], bool]
    ) -> None:
        wait_for(
            lambda: any(
                shown["row"] == row and reached(shown) for shown in self.caller.rows(import_id)
            ),
            f"row {row} of {import_id}",
        )

    def prove(self, *arguments: str, form: str = "--json") -> Ran:
        connection = Path(self.stack.state_dir) / "connection.json"
        return run_command("prove", *arguments, *form.split(), "--connection", connection)

    def assert_proven(self, identifier: str) -> dict[str, Any]:
        ran = self.prove(identifier)
        assert ran.exit_code == 0, ran.out
        assert ran.json["remarks"] == []
        return ran.json

    def breaks(self, identifier: str, change: Falsification) -> dict[str, str]:
        """Where the proof breaks by check, while the books are false."""
        with falsified(self.stack.postgres_dsn, identifier, change):
            ran = self.prove(identifier)
        assert ran.exit_code == 1, ran.out
        return {item["name"]: item["where"] for item in ran.json["checks"] if not item["holds"]}


async def _state_of(dsn: str, import_id: str) -> str:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(
            "select state from ledger_v1.imports where import_id = $1", import_id
        )
    finally:
        await connection.close()
