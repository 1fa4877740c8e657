"""Keeps a topology alive: starts it in order, restarts what dies, stops it leaving nothing behind.

It knows no names: what runs is in the topology it is given.
"""

import asyncio
import json
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from deploy.local.children import signal_group, start_child, sweep
from deploy.local.logs import open_log, read_tail, rotate_large_logs
from deploy.local.roster import Announce, Roster
from deploy.local.state import State
from deploy.local.units import Process, Step, Topology, Unit

RESTART_DELAYS = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
HEALTHY_SECONDS = 30.0
DEATHS_BEFORE_GIVING_UP = 5
PROBE_SECONDS = 0.1
ROTATION_SECONDS = 10.0

Say = Callable[[str], None]
Task = asyncio.Task[None]


class StartError(Exception):
    """A unit could not be brought up; says which and shows the end of its log."""


class Supervisor:
    """One run over one topology."""

    def __init__(
        self,
        topology: Topology,
        state: State,
        *,
        say: Say = print,
        announce: Announce | None = None,
    ) -> None:
        self._topology = topology
        self._state = state
        self._say = say
        self._roster = Roster(topology, state, announce)
        self._passed = {unit.name: asyncio.Event() for unit in topology.units}
        self._stopping = asyncio.Event()
        self._impatient = asyncio.Event()

    async def run(self) -> int:
        """Until a signal asks to stop or the start fails; 0 or 1 as a process should exit."""
        with self._state.locked():
            for name in sweep(self._state):
                self._say(f"{name} was left over from a supervisor that was killed, and was ended")
            self._listen_to_signals()
            self._roster.set_phase("starting")
            tasks = {
                unit.name: asyncio.create_task(self._bring(unit)) for unit in self._topology.units
            }
            others = [
                asyncio.create_task(self._tell_when_ready()),
                asyncio.create_task(self._rotate()),
            ]
            failure = await self._wait_for_the_end(set(tasks.values()))
            if failure:
                self._say(failure)
            self._stopping.set()
            self._roster.set_phase("failed" if failure else "stopping", failure)
            for task in others:
                task.cancel()
            await self._stop(tasks)
            return 1 if failure else 0

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._ask_to_stop)

    def _ask_to_stop(self) -> None:
        if self._stopping.is_set():
            self._impatient.set()
        self._stopping.set()

    async def _wait_for_the_end(self, pending: set[Task]) -> str | None:
        """Until somebody asks to stop (None) or a unit cannot be brought up (why)."""
        asked = asyncio.create_task(self._stopping.wait())
        while not asked.done():
            done, _ = await asyncio.wait({asked, *pending}, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {asked}:
                pending.discard(task)  # type: ignore[arg-type]
                if error := task.exception():
                    asked.cancel()
                    return str(error)
        return None

    async def _bring(self, unit: Unit) -> None:
        for name in unit.after:
            await self._passed[name].wait()
        await self._wait_while_held(unit)
        if isinstance(unit, Step):
            await self._perform(unit)
        else:
            await self._keep(unit)

    async def _wait_while_held(self, unit: Unit) -> None:
        hold = self._state.holds / unit.name
        while hold.exists() and not self._stopping.is_set():
            self._roster.set_stand(unit.name, "held")
            await asyncio.sleep(PROBE_SECONDS)

    async def _perform(self, step: Step) -> None:
        self._roster.set_stand(step.name, "starting")
        with open_log(self._state.log(step.name)) as file:
            child = await start_child(
                step.command,
                variables=step.variables,
                output=asyncio.subprocess.PIPE if step.keep_output else file,
                errors=file,
                directory=step.directory,
            )
        self._roster.enter(step.name, child)
        try:
            output, _ = await child.communicate()
        finally:
            signal_group(child.pid, signal.SIGKILL)
            self._roster.leave(step.name)
        if child.returncode:
            raise StartError(self._explain(step.name, _describe(child.returncode)))
        if step.keep_output:
            step.keep_output(output.decode("utf-8"))
        self._roster.set_stand(step.name, "done")
        self._passed[step.name].set()

    async def _keep(self, process: Process) -> None:
        deaths = 0
        while not self._stopping.is_set():
            begun = time.monotonic()
            end = await self._live_once(process)
            if self._stopping.is_set():
                return
            deaths = 1 if time.monotonic() - begun > HEALTHY_SECONDS else deaths + 1
            if not self._passed[process.name].is_set() and deaths >= DEATHS_BEFORE_GIVING_UP:
                raise StartError(self._explain(process.name, f"{end}, {deaths} times in a row"))
            delay = RESTART_DELAYS[min(deaths, len(RESTART_DELAYS)) - 1]
            self._say(f"{process.name} {end}; it is started again in {delay} s")
            self._roster.set_stand(process.name, "restarting")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)
            await self._wait_while_held(process)

    async def _live_once(self, process: Process) -> str:
        """Start it, see it become ready, and say how it has ended."""
        self._roster.set_stand(process.name, "starting")
        if process.prepare:
            try:
                await process.prepare()
            except Exception as error:  # the other processes must outlive it
                return f"could not be prepared ({error})"
        child = await self._start(process)
        self._roster.enter(process.name, child)
        probing = asyncio.create_task(self._probe(process))
        try:
            return _describe(await child.wait())
        finally:
            probing.cancel()
            signal_group(child.pid, signal.SIGKILL)
            self._roster.leave(process.name)

    async def _start(self, process: Process) -> asyncio.subprocess.Process:
        variables = {**process.variables, **self._take_next_start(process.name)}
        with open_log(self._state.log(process.name)) as file:
            return await start_child(
                process.command,
                variables=variables,
                output=file,
                user=process.user,
                directory=process.directory,
                orphan_signal=process.orphan_signal,
            )

    async def _probe(self, process: Process) -> None:
        while not await process.is_ready():  # noqa: ASYNC110 - what is waited for is another process
            await asyncio.sleep(PROBE_SECONDS)
        again = self._passed[process.name].is_set()
        self._roster.set_stand(process.name, "ready")
        self._passed[process.name].set()
        if again:
            self._say(f"{process.name} is ready again")

    def _take_next_start(self, name: str) -> dict[str, str]:
        extra = self._state.next_start / f"{name}.json"
        if not extra.exists():
            return {}
        variables: dict[str, str] = json.loads(extra.read_text("utf-8"))
        extra.unlink()
        return variables

    async def _tell_when_ready(self) -> None:
        for passed in self._passed.values():
            await passed.wait()
        if not self._stopping.is_set():
            self._roster.set_phase("ready")

    async def _rotate(self) -> None:
        while True:
            rotate_large_logs(self._state.logs)
            await asyncio.sleep(ROTATION_SECONDS)

    async def _stop(self, tasks: Mapping[str, Task]) -> None:
        running = {process.name for process in self._topology.processes} & set(
            self._roster.children
        )
        for name, task in tasks.items():
            if name not in running:
                task.cancel()
        levels = self._topology.levels()
        for level in sorted(set(levels.values()), reverse=True):
            here = [
                process for process in self._topology.processes if levels[process.name] == level
            ]
            await asyncio.gather(*(self._stop_process(process) for process in here))
        await asyncio.gather(*tasks.values(), return_exceptions=True)

    async def _stop_process(self, process: Process) -> None:
        child = self._roster.children.get(process.name)
        if child is None:
            return
        with suppress(ProcessLookupError):
            child.send_signal(process.stop_signal)
        ended = asyncio.create_task(child.wait())
        hurried = asyncio.create_task(self._impatient.wait())
        await asyncio.wait(
            {ended, hurried},
            timeout=process.stop_seconds,
            return_when=asyncio.FIRST_COMPLETED,
        )
        hurried.cancel()
        if not ended.done():
            self._say(f"{process.name} does not stop and is killed")
            signal_group(child.pid, signal.SIGKILL)
        await ended
        self._roster.set_stand(process.name, "stopped")

    def _explain(self, name: str, what: str) -> str:
        log = self._state.log(name)
        return "\n".join((f"{name} {what}; its log {log} ends with:", *read_tail(log, 15)))


def _describe(code: int) -> str:
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with {code}"
