"""One import through the public API, timed from the upload to the last applied row."""

import json
import time
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from bench.private_stack import BenchStack

Json = dict[str, Any]
_POLL_SECONDS = 0.05
_TIMEOUT = httpx.Timeout(600.0, connect=5.0)


class BenchmarkFailure(Exception):
    """A run that did not do its job: a fast wrong answer is a failure."""


class ImportRun(NamedTuple):
    """`seconds` is machine time: the pause of a person before completing is not in it."""

    seconds: float
    view: Json


def open_client(stack: BenchStack) -> httpx.Client:
    return httpx.Client(
        base_url=stack.url,
        headers={"Authorization": f"Bearer {stack.api_key}"},
        timeout=_TIMEOUT,
    )


def run_import(client: httpx.Client, file: Path, *, automatic: bool) -> ImportRun:
    """Upload; wait; when not automatic, complete the plan and wait again."""
    started = time.monotonic()
    view = _upload(client, file, automatic=automatic)
    path = f"/v1/imports/{view['id']}"
    if not automatic:
        view = _await_state(client, path, "ready")
        answer = client.post(f"{path}/complete", json={"plan": view["plan"]["id"]})
        _demand_success(answer)
    view = _await_state(client, path, "completed")
    return ImportRun(time.monotonic() - started, view)


def revert_import(client: httpx.Client, import_id: str) -> None:
    """Ask for it, and wait until all of it is undone."""
    path = f"/v1/imports/{import_id}"
    _demand_success(client.post(f"{path}/revert", json={}))
    _await_state(client, path, "reverted")


def _upload(client: httpx.Client, file: Path, *, automatic: bool) -> Json:
    config = {"record_type": "accounts", "complete": "automatic" if automatic else "manual"}
    with file.open("rb") as stream:
        answer = client.post(
            "/v1/imports", data={"config": json.dumps(config)}, files={"file": (file.name, stream)}
        )
    _demand_success(answer)
    return answer.json()


def _await_state(client: httpx.Client, path: str, state: str) -> Json:
    while True:
        answer = client.get(path)
        _demand_success(answer)
        view: Json = answer.json()
        if view["state"] == state:
            return view
        if view["state"] in ("failed", "cancelled", "mapping"):
            raise BenchmarkFailure(f"the import is {view['state']}: {view['failure']}")
        time.sleep(_POLL_SECONDS)


def _demand_success(answer: httpx.Response) -> None:
    if answer.is_error:
        raise BenchmarkFailure(f"{answer.request.url}: {answer.status_code} {answer.text}")
