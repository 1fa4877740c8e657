"""The command `ledgerport` as people run it: a process of its own, against the private stack."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.stack import Stack

PROGRAM = Path(sys.executable).with_name("ledgerport")
TIMEOUT_SECONDS = 180


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Ran]


def run_command(*arguments: str | Path, **environment: str) -> Ran:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("LEDGERPORT_")}
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
        env=kept | environment,
        stdin=subprocess.DEVNULL,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def ledgerport(stack: Stack) -> Command:
    """Runs a command against the stack."""
    connection = Path(stack.state_dir) / "connection.json"

    def run(*arguments: str | Path) -> Ran:
        return run_command(*arguments, "--connection", connection)

    return run
