"""What a caller of the whole line does: sends, asks, and waits on what is to become so."""

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

T = TypeVar("T")
PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.05


def wait_for(reached: Callable[[], T | None], what: str) -> T:
    """What `reached` finds, as soon as it finds something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = reached()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what} is not so after {PATIENCE_SECONDS} s"
        time.sleep(POLL_SECONDS)


class Caller:
    """One API key's calls of one stack."""

    def __init__(self, url: str, api_key: str) -> None:
        self.client = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {api_key}"}, timeout=60
        )

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        answer = self.client.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer

    def list_all(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """Every page of a list."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, Any] = {}
        while True:
            page = self.get(path, **{"limit": 100, **parameters, **cursor}).json()
            found += page["data"]
            if not page["has_more"]:
                return found
            last = page["data"][-1]
            cursor = {"starting_after": last["row"] if path.endswith("/rows") else last["id"]}

    def send(
        self,
        content: bytes | str,
        *,
        name: str = "sent.csv",
        key: str | None = None,
        **config: Any,
    ) -> httpx.Response:
        """Upload a file; of accounts unless said."""
        said = {"record_type": "accounts", **config}
        body = content.encode() if isinstance(content, str) else content
        return self.client.post(
            "/v1/imports",
            files={"file": (name, body)},
            data={"config": json.dumps(said)},
            headers={} if key is None else {"Idempotency-Key": key},
        )

    def open(self, content: bytes | str, **more: Any) -> str:
        answer = self.send(content, **more)
        assert answer.status_code == 202, answer.text
        assert answer.headers["Location"] == f"/v1/imports/{answer.json()['id']}"
        return answer.json()["id"]

    def show(self, import_id: str) -> dict[str, Any]:
        return self.get(f"/v1/imports/{import_id}").json()

    def rows(self, import_id: str, **filters: Any) -> list[dict[str, Any]]:
        return self.list_all(f"/v1/imports/{import_id}/rows", **filters)

    def await_state(self, import_id: str, *states: str) -> dict[str, Any]:
        """The import when it has come to one of `states`; failing ends the wait."""

        def reached() -> dict[str, Any] | None:
            shown = self.show(import_id)
            assert shown["state"] != "failed" or "failed" in states, shown["failure"]
            return shown if shown["state"] in states else None

        return wait_for(reached, f"import {import_id} {states}")

    def review(self, content: bytes | str, **more: Any) -> dict[str, Any]:
        return self.await_state(self.open(content, **more), "ready")

    def complete(self, ready: dict[str, Any]) -> dict[str, Any]:
        answer = self.client.post(
            f"/v1/imports/{ready['id']}/complete", json={"plan": ready["plan"]["id"]}
        )
        assert answer.status_code == 202, answer.text
        return self.await_state(ready["id"], "completed")

    def book(self, content: bytes | str, **more: Any) -> dict[str, Any]:
        return self.complete(self.review(content, **more))
