"""What a patient caller does while things break: repeat, with the same key, until answered."""

import json
import time
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx

from tests.conftest import run_apart
from tests.faults.file import SeededFile
from tests.stack import Stack

PATIENCE_SECONDS = 120.0
HEALED_SECONDS = 60.0
POLL_SECONDS = 0.1
EVERYTHING = (
    "postgres",
    "kafka",
    "object-store",
    "api",
    "ingest-worker",
    "validator-worker",
    "ledger-worker",
    "exporter-worker",
)
LANES = "select coalesce(sum(n), 0) from (select count(*) as n from {}.outbox) as counted"


class Line:
    """One caller of one stack."""

    def __init__(self, stack: Stack, seed: int) -> None:
        self._stack = stack
        self._seed = seed
        self._headers = {"Authorization": f"Bearer {stack.api_key}"}

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Repeat until there is an answer that is not the server's fault."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        headers = {**self._headers, **more.pop("headers", {})}
        while True:
            try:
                answer = httpx.request(
                    method, self._stack.url + path, headers=headers, timeout=30, **more
                )
                if answer.status_code < 500:
                    return answer
                said = answer.text
            except httpx.HTTPError as error:
                said = repr(error)
            assert time.monotonic() < deadline, f"{method} {path} is not answered: {said}"
            time.sleep(POLL_SECONDS)

    def wait(self, reached: Callable[[], Any], what: Callable[[], str]) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := reached()):
            assert time.monotonic() < deadline, what()
            time.sleep(POLL_SECONDS)
        return found

    def upload(self, file: SeededFile, *, automatic: bool) -> str:
        config = {"record_type": "accounts", "complete": "automatic" if automatic else "manual"}
        answer = self.call(
            "POST",
            "/v1/imports",
            files={"file": (f"seed-{self._seed}.csv", file.content, "text/csv")},
            data={"config": json.dumps(config)},
            headers={"Idempotency-Key": f"chaos-{self._seed}-{file.seed}"},
        )
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def show(self, import_id: str) -> dict[str, Any]:
        answer = self.call("GET", f"/v1/imports/{import_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def finish(self, import_id: str) -> None:
        """Until it is completed; a manual one is completed when its plan is there."""
        shown: dict[str, Any] = {}

        def done() -> bool:
            shown.update(self.show(import_id))
            if shown["state"] == "ready" and shown["config"]["complete"] == "manual":
                body = {"plan": shown["plan"]["id"]}
                answer = self.call("POST", f"/v1/imports/{import_id}/complete", json=body)
                assert answer.status_code in (202, 409), answer.text
            assert shown["state"] not in ("failed", "cancelled"), shown
            return shown["state"] == "completed"

        self.wait(done, lambda: f"import {import_id} stays {shown}")

    def export(self, file: SeededFile) -> dict[str, Any]:
        """Export the file's accounts; the finished export with its bytes."""
        query = {
            "dataset": "accounts",
            "filter": {"account_number[contains]": f"S{file.seed}-"},
            "columns": ["AccountNumber", "AccountName", "Balance", "Status", "Agent", "DueDate"],
        }
        asked = self.call(
            "POST",
            "/v1/exports",
            json=query,
            headers={"Idempotency-Key": f"chaos-export-{self._seed}"},
        )
        assert asked.status_code == 202, asked.text
        path = f"/v1/exports/{asked.json()['id']}"
        shown: dict[str, Any] = {}

        def ready() -> bool:
            shown.update(self.call("GET", path).json())
            assert shown["state"] not in ("failed", "cancelled"), shown
            return shown["state"] == "ready"

        self.wait(ready, lambda: f"export stays {shown}")
        return {**shown, "content": self.call("GET", f"{path}/file").content}

    def settle(self) -> None:
        """Until nothing is left to be said, within a minute of healing (I11)."""
        for name in EVERYTHING:
            self._stack.wait_ready(name, starts=self._stack.starts.get(name, 1))
        deadline = time.monotonic() + HEALED_SECONDS
        while run_apart(count_outbox(self._stack.postgres_dsn)):
            assert time.monotonic() < deadline, "the outbox is not empty a minute after healing"
            time.sleep(POLL_SECONDS)


async def count_outbox(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        schemas = ("ingest", "ledger", "exporter")
        return sum([await connection.fetchval(LANES.format(name)) for name in schemas])
    finally:
        await connection.close()
