"""A worker process: its tasks, probes, signals and end."""

import asyncio
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
from services.chassis.settings import Settings

STOPPING_SECONDS = 30.0


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
        self._brokers: list[Broker] = []
        self._resources = AsyncExitStack()

    async def enter(self, opening: Awaitable[C]) -> C:
        """Open something that is closed when the worker ends."""
        opened = await opening
        self._resources.push_async_callback(opened.close)
        return opened

    async def enter_pool(self, opening: Awaitable[asyncpg.Pool]) -> asyncpg.Pool:
        """A pool is closed at the end, and asked by `/readyz`."""
        pool = await self.enter(opening)

        async def answers() -> bool:
            return await pool.fetchval("select true")

        self.health.add("database", answers)
        return pool

    def add(self, name: str, task: Task) -> None:
        """Run `task(stop)` until it returns after `stop` is set."""
        self._tasks[name] = task

    def add_broker(self, broker: Broker) -> None:
        """Consume what was subscribed on this broker."""
        self._brokers.append(broker)
        for subscription in broker.subscriptions:
            self.add(f"watch-{subscription.group}", subscription.watch)

        async def consuming() -> bool:
            return all(one.assigned for one in broker.subscriptions)

        self.health.add("broker", consuming)

    async def run(self) -> int:
        """Until SIGTERM or SIGINT, or the first task that dies; returns the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop.set)
        async with self._resources:
            for broker in self._brokers:
                await broker.faststream.start()
            gc.collect()
            gc.freeze()
            return await self._run_tasks()

    async def _run_tasks(self) -> int:
        if self.settings.probe_port is not None:
            self.add("probe", self._probe)
        tasks: dict[asyncio.Future[Any], str] = {
            asyncio.ensure_future(task(self.stop)): name for name, task in self._tasks.items()
        }
        stopping: asyncio.Future[Any] = asyncio.create_task(self.stop.wait())
        logs.get_logger(__name__).info("worker_started", tasks=sorted(self._tasks))
        done, _ = await asyncio.wait({*tasks, stopping}, return_when=asyncio.FIRST_COMPLETED)
        died = [task for task in done if task is not stopping and not self.stop.is_set()]
        for task in died:
            logs.get_logger(__name__).error(
                "task_died", task=tasks[task], exc_info=task.exception()
            )
        self.stop.set()
        for broker in self._brokers:
            await broker.faststream.stop()
        await asyncio.wait({*tasks}, timeout=STOPPING_SECONDS)
        return 1 if died else 0

    async def _probe(self, stop: asyncio.Event) -> None:
        port = self.settings.probe_port
        assert port is not None
        await serve_probe(self.health, host=self.settings.http_host, port=port, stop=stop)


def run_worker(build: Callable[[Worker], Awaitable[Any]], settings: Settings, service: str) -> int:
    """Build a worker and run it; the process's exit code."""
    logs.configure(settings.log_level, service)
    crash_points.configure(settings.crash_point)

    async def main() -> int:
        worker = Worker(settings, service)
        await build(worker)
        return await worker.run()

    return uvloop.run(main())
