"""Runs of the peers as processes of their own, timed from outside."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import asyncpg

from bench.peers.forty_lines import CREATE
from bench.private_stack import BenchStack

_PROJECT = Path(__file__).parent.parent


class PeerRun(NamedTuple):
    seconds: float
    good: int
    bad: int


async def run_forty_lines(stack: BenchStack, file: Path) -> PeerRun:
    """The script on an empty table; its wall time with the start of its process."""
    connection = await asyncpg.connect(stack.postgres_dsn)
    try:
        await connection.execute(CREATE)
    finally:
        await connection.close()
    started = time.monotonic()
    report = stack.folder / "forty_lines_report.csv"
    output = _run("bench.peers.forty_lines", stack.postgres_dsn, str(file), str(report))
    seconds = time.monotonic() - started
    good, bad = map(int, output.split())
    return PeerRun(seconds, good, bad)


def run_django(stack: BenchStack, file: Path, *, bulk: bool = False) -> PeerRun:
    """Dry run and import; without the start of its process."""
    extra = ("--bulk",) if bulk else ()
    output = _run("bench.peers.django_peer", stack.postgres_dsn, str(file), *extra)
    return PeerRun(**json.loads(output.splitlines()[-1]))


def _run(module: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=_PROJECT,
    )
    return done.stdout
