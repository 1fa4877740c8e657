"""`make smoke` against a running stack: it passes, leaves nothing behind, and can fail."""

import os
import subprocess
import sys

import httpx
import pytest

from tests.smoke import SmokeFailure, demand
from tests.stack import Stack


def test_the_round_trip_passes_and_leaves_no_account(stack: Stack) -> None:
    environment = {**os.environ, "LEDGERPORT_API_KEY": stack.api_key}
    command = [sys.executable, "-m", "tests.smoke", "--url", stack.url]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("imported, exported and reverted: 20 accounts\n")
    with httpx.Client(base_url=stack.url) as client:
        client.headers["Authorization"] = f"Bearer {stack.api_key}"
        newest = client.get("/v1/imports").json()["data"][0]
        assert (newest["file"]["name"], newest["state"]) == ("smoke.csv", "reverted")


def test_a_wrong_figure_ends_it() -> None:
    with pytest.raises(SmokeFailure, match="rows of the export: expected 20, found 19"):
        demand(20, 19, "rows of the export")
