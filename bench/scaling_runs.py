"""Two validator and two ledger workers against one of each: how long the same import takes."""

import asyncio
import os
import subprocess
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bench.measures import Bench, say
from bench.private_stack import BenchStack
from bench.results import Result
from deploy.local.ports import find_free_port
from deploy.local.topology import PREFIX, WORKERS, Role, build_server
from deploy.local.units import Process
from deploy.local.wiring import read_wiring

SCALED = ("validator-worker", "ledger-worker")
# Two cores are shared either way: no slower, within what one run differs from the next.
SLOWEST_RATIO = 0.9
_POLL_SECONDS = 0.1
_STOP_SECONDS = 30


async def measure_p9(bench: Bench) -> None:
    """One of each, two of each, one of each again; the books are compared row by row each time."""
    say(f"P9: {bench.size:,} rows with two validator and two ledger workers")
    one = [(await bench.import_checked(bench.size, automatic=True)).seconds]
    async with AsyncExitStack() as more:
        for role in WORKERS:
            if role.name in SCALED:
                await more.enter_async_context(_second(bench.stack, role))
        two = (await bench.import_checked(bench.size, automatic=True)).seconds
    one.append((await bench.import_checked(bench.size, automatic=True)).seconds)
    alone = sum(one) / len(one)
    ratio = alone / two
    bench.results.append(
        Result(
            "P9",
            "one validator and ledger worker / two of each",
            f"{ratio:.2f}x ({alone:.1f} s / {two:.1f} s)",
            f">= {SLOWEST_RATIO}x, same books",
            ratio >= SLOWEST_RATIO,
            {
                "ratio": round(ratio, 3),
                "ours_seconds": round(two, 3),
                "theirs_seconds": round(alone, 3),
            },
        )
    )


@asynccontextmanager
async def _second(stack: BenchStack, role: Role) -> AsyncGenerator[None]:
    """Another process of the role, as the stack runs it, but for its probe's port."""
    wiring = read_wiring(stack.state)
    port = str(find_free_port(set(wiring.ports.values())))

    def look_up(role: Role, variable: str) -> str:
        return port if variable == "PROBE_PORT" else wiring.look_up(role, variable)

    process = build_server(role, look_up)
    assert process.variables[f"{PREFIX}PROBE_PORT"] == port
    running = _start(process, stack.folder / f"second-{role.name}.log")
    try:
        while not await process.is_ready():
            if running.poll() is not None:
                raise RuntimeError(f"the second {role.name} ended with {running.returncode}")
            await asyncio.sleep(_POLL_SECONDS)
        yield
    finally:
        running.terminate()
        running.wait(_STOP_SECONDS)


def _start(process: Process, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            process.command,
            env={**os.environ, **process.variables},
            cwd=process.directory,
            stdout=output,
            stderr=output,
        )
