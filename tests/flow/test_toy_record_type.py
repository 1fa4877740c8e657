"""A record type is two folders: a copy of the tree with a toy type in them runs it end to end."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.flow.caller import wait_for

ROOT = Path(__file__).parent.parent.parent
TOY = Path(__file__).parent / "toy"
PARTS = ("contracts", "services", "deploy", "cli", "samples")


@pytest.fixture
def toy_stack(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The connection of a private stack of the copied tree."""
    tree = tmp_path / "tree"
    for part in PARTS:
        shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(TOY, tree, dirs_exist_ok=True)
    state = tmp_path / "state"
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "LEDGERPORT_STATE": str(state),
    }

    def launch(command: str) -> None:
        arguments = [sys.executable, "-m", "deploy.local", command]
        subprocess.run(arguments, cwd=tree, env=environment, check=True, timeout=300)

    try:
        launch("up")
        yield json.loads((state / "connection.json").read_text())
    finally:
        launch("reset")


def test_a_toy_type_goes_from_upload_to_export(toy_stack: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {toy_stack['api_key']}"}
    with httpx.Client(base_url=toy_stack["url"], headers=headers, timeout=30) as client:
        template = client.get("/v1/templates/widgets.csv")
        assert template.text.splitlines()[0] == "WidgetCode,Colour"
        content = "WidgetCode,Colour\nW-1,red\n,blue\nW-2,green\n"
        answer = client.post(
            "/v1/imports",
            files={"file": ("widgets.csv", content)},
            data={"config": json.dumps({"record_type": "widgets", "complete": "automatic"})},
        )
        assert answer.status_code == 202, answer.text
        done = await_state(client, f"/v1/imports/{answer.json()['id']}", "completed")
        assert (done["counts"]["created"], done["counts"]["rejected"]) == (2, 1)
        listed = client.get("/v1/widgets", params={"colour": "green"}).json()["data"]
        assert [widget["widget_code"] for widget in listed] == ["W-2"]
        query = {"dataset": "widgets", "layout": "import"}
        asked = client.post("/v1/exports", json=query)
        assert asked.status_code == 202, asked.text
        path = f"/v1/exports/{asked.json()['id']}"
        await_state(client, path, "ready")
        assert client.get(f"{path}/file").text == "WidgetCode,Colour\nW-1,red\nW-2,green\n"
        undone = client.post(f"/v1/imports/{done['id']}/revert", json={})
        assert undone.status_code == 202, undone.text
        reverted = await_state(client, f"/v1/imports/{done['id']}", "reverted")
        assert reverted["revert"]["counts"]["reversed"] == 2
        assert client.get("/v1/widgets", params={"state": "active"}).json()["data"] == []


def await_state(client: httpx.Client, path: str, state: str) -> dict[str, Any]:
    def reached() -> dict[str, Any] | None:
        shown = client.get(path).json()
        assert shown["state"] not in ("failed", "cancelled"), shown
        return shown if shown["state"] == state else None

    return wait_for(reached, f"{path} {state}")
