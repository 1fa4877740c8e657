"""A worker as a process: probes, an orderly end, and a death that is said in one line."""

import asyncio
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

PATIENCE_SECONDS = 30
PROGRAM = """
import asyncio, sys
from services.chassis.database import open_pool
from services.chassis.process import Worker, run_worker
from services.chassis.settings import Settings

what, port = sys.argv[1], int(sys.argv[2])
ready = asyncio.Event()

async def work(stop):
    if what == "dies":
        raise ValueError("with a value in its message")
    if what == "ends":
        return
    await stop.wait()
    if what != "hangs":
        print("tidied up", flush=True)
        return
    await asyncio.Event().wait()

async def is_ready():
    return what == "ready"

async def build(worker):
    worker.add("work", work)
    worker.health.add("readiness", is_ready)
    if what == "no-database":
        print("waiting", flush=True)
        await worker.enter_pool(
            open_pool("postgresql://a:b@127.0.0.1:1/c", application_name="test")
        )

if what == "hangs":
    from services.chassis import process
    process.STOPPING_SECONDS = 0.5
sys.exit(run_worker(build, Settings(probe_port=port), "test"))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Running:
    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.port = port

    async def until_line(self, part: str) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            if part in line.decode():
                return
        raise AssertionError(f"ended without saying {part}")

    async def get(self, path: str) -> httpx.Response:
        async with asyncio.timeout(PATIENCE_SECONDS), httpx.AsyncClient() as client:
            while True:
                try:
                    return await client.get(f"http://127.0.0.1:{self.port}{path}")
                except httpx.ConnectError:
                    await asyncio.sleep(0.02)

    async def end(self) -> tuple[int | None, str]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            out, _ = await self.process.communicate()
        return self.process.returncode, out.decode()


@asynccontextmanager
async def running(what: str) -> AsyncIterator[Running]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, what, str(port), stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Running(process, port)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_worker_answers_probes_and_ends_in_order_when_it_is_told_to() -> None:
    async with running("ready") as worker:
        assert (await worker.get("/healthz")).status_code == 200
        ready = await worker.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]) == (200, {"readiness": True})
        assert "process_resident_memory_bytes" in (await worker.get("/metrics")).text
        worker.process.send_signal(signal.SIGTERM)
        code, out = await worker.end()
    assert code == 0
    assert "tidied up" in out


async def test_a_worker_that_lacks_something_is_alive_but_not_ready() -> None:
    async with running("unready") as worker:
        assert (await worker.get("/healthz")).status_code == 200
        ready = await worker.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]) == (503, {"readiness": False})


@pytest.mark.parametrize(("what", "reason"), [("dies", "died"), ("ends", "ended by itself")])
async def test_a_task_that_dies_takes_the_process_down(what: str, reason: str) -> None:
    async with running(what) as worker:
        code, out = await worker.end()
    assert code == 70
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["reason"] for line in lines if line["event"] == "process_fails"] == [
        f"the task work {reason}"
    ]
    assert "with a value" not in out


async def test_a_task_that_does_not_end_does_not_hold_the_process_up() -> None:
    async with running("hangs") as worker:
        await worker.get("/healthz")
        worker.process.send_signal(signal.SIGTERM)
        code, out = await worker.end()
    assert code == 70
    assert "not stopped in" in out


async def test_a_worker_that_waits_for_its_database_can_be_stopped() -> None:
    async with running("no-database") as worker:
        await worker.until_line("waiting")
        worker.process.send_signal(signal.SIGTERM)
        code, _ = await worker.end()
    assert code == 0
