"""A worker process: its tasks, probes, signals and end."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, Protocol, TypeVar

import asyncpg
import uvloop

from services.chassis import crash_points, logs
from services.chassis.broker import Broker
from services.chassis.health import Health, serve_probe
from services.chassis.memory import share_heaps
from services.chassis.settings import Settings
from services.chassis.stopping import fail

# Together below the 30 s after which a supervisor kills.
STOPPING_SECONDS = 20.0
CLOSING_SECONDS = 5.0
# Collections are for cycles, which batches of rows hardly make: look for them seldom.
GC_THRESHOLDS = (50_000, 20, 100)


class Closable(Protocol):
    async def close(self) -> None: ...


C = TypeVar("C", bound=Closable)
Task = Callable[[asyncio.Event], Awaitable[None]]


class Worker:
    """Tasks that run until the process is told to stop. A task that dies ends the process:
    its supervisor starts it again."""

    def __init__(self, settings: Settings, service: str) -> None:
        self.settings = settings
        self.service = service
        self.health = Health()
        self.stop = asyncio.Event()
        self._tasks: dict[str, Task] = {}
        self._resources = AsyncExitStack()

    async def enter(self, opening: Awaitable[C]) -> C:
        """Open something that is closed when the worker ends."""
        opened = await opening
        self._resources.push_async_callback(opened.close)
        return opened

    async def enter_pool(self, opening: Awaitable[asyncpg.Pool]) -> asyncpg.Pool:
        """A pool is closed at the end, and asked by `/readyz`."""
        pool = await self.enter(opening)
        self.health.add_pool("database", pool)
        return pool

    def add(self, name: str, task: Task) -> None:
        """Run `task(stop)` until it returns after `stop` is set."""
        assert name not in self._tasks, f"two tasks called {name}"
        self._tasks[name] = task

    def add_broker(self, broker: Broker) -> None:
        """Consume what was subscribed on this broker."""
        groups = [subscription.group for subscription in broker.subscriptions]
        for subscription in broker.subscriptions:
            self.add(f"watch-{subscription.group}", subscription.watch)

        async def consume(stop: asyncio.Event) -> None:
            await _unless_stopped(broker.faststream.start(), stop)
            await stop.wait()
            await broker.faststream.stop()

        async def consuming() -> bool:
            return all(one.assigned for one in broker.subscriptions)

        self.add(f"consume-{'-'.join(groups)}", consume)
        self.health.add("broker", consuming)

    async def run(self) -> int:
        """Until told to stop; returns the exit code. A task that dies ends the process at once."""
        if self.settings.probe_port is not None:
            self.add("probe", self._probe)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        tasks = {
            asyncio.create_task(self._run_task(name, task), name=name)
            for name, task in self._tasks.items()
        }
        logs.get_logger(__name__).info("worker_started", tasks=sorted(self._tasks))
        await self.stop.wait()
        _, unfinished = await asyncio.wait(tasks, timeout=STOPPING_SECONDS)
        if unfinished:
            names = sorted(task.get_name() for task in unfinished)
            fail(f"not stopped in {STOPPING_SECONDS:.0f} s: {', '.join(names)}")
        await self.close()
        logs.get_logger(__name__).info("worker_stopped")
        return 0

    async def close(self) -> None:
        """Give back what was opened, unless that takes too long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._resources.aclose(), CLOSING_SECONDS)

    async def _run_task(self, name: str, task: Task) -> None:
        try:
            await task(self.stop)
        except Exception as error:
            logs.get_logger(__name__).error("task_died", task=name, exc_info=error)
            fail(f"the task {name} died")
        if not self.stop.is_set():
            fail(f"the task {name} ended by itself")

    async def _probe(self, stop: asyncio.Event) -> None:
        port = self.settings.probe_port
        assert port is not None
        await serve_probe(self.health, host=self.settings.http_host, port=port, stop=stop)


async def _unless_stopped(work: Awaitable[Any], stop: asyncio.Event) -> None:
    """Wait for the work to be done, but give it up when the process stops."""
    working: asyncio.Future[Any] = asyncio.ensure_future(work)
    stopping: asyncio.Future[Any] = asyncio.ensure_future(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if working.done():
        working.result()
        return
    working.cancel()
    await asyncio.wait({working})


async def _build_and_run(worker: Worker, build: Callable[[Worker], Awaitable[Any]]) -> int:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop.set)
    try:
        await _unless_stopped(build(worker), worker.stop)
    except Exception as error:
        logs.get_logger(__name__).error("could_not_start", exc_info=error)
        fail("the worker could not start")
    if worker.stop.is_set():
        await worker.close()
        return 0
    return await worker.run()


def run_worker(build: Callable[[Worker], Awaitable[Any]], settings: Settings, service: str) -> int:
    """Build a worker and run it; the process's exit code."""
    share_heaps()
    logs.configure(settings.log_level, service)
    crash_points.configure(settings.crash_point)
    return uvloop.run(_build_and_run(Worker(settings, service), build))
