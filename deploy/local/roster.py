"""Who runs at the moment: kept for the supervisor, and told to the outside at every change."""

import asyncio
from collections.abc import Callable, Mapping

from deploy.local.children import record_children
from deploy.local.state import State
from deploy.local.status import Phase, Stand, Status, UnitStatus, write_status
from deploy.local.units import Topology

Announce = Callable[[Mapping[str, int]], None]


class Roster:
    """`announce` gets every process's pid when all is ready, then whenever one is restarted."""

    def __init__(self, topology: Topology, state: State, announce: Announce | None) -> None:
        self.status = Status(units={unit.name: UnitStatus() for unit in topology.units})
        self.children: dict[str, asyncio.subprocess.Process] = {}
        self._state = state
        self._announce = announce
        self._pids: dict[str, int] = {}
        self._processes = {process.name for process in topology.processes}

    def enter(self, name: str, child: asyncio.subprocess.Process) -> None:
        self.children[name] = child
        unit = self.status.units[name]
        unit.pid = child.pid
        unit.starts += 1
        if name in self._processes:
            self._pids[name] = child.pid
        self._record()
        if self.status.phase == "ready":
            self._tell()

    def leave(self, name: str) -> None:
        self.children.pop(name, None)
        self.status.units[name].pid = None
        self._record()

    def set_stand(self, name: str, stand: Stand) -> None:
        if self.status.units[name].stand != stand:
            self.status.units[name].stand = stand
            write_status(self._state, self.status)

    def set_phase(self, phase: Phase, failure: str | None = None) -> None:
        self.status.phase = phase
        self.status.failure = failure
        if phase == "ready":
            self._tell()
        write_status(self._state, self.status)

    def _tell(self) -> None:
        if self._announce:
            self._announce(self._pids)

    def _record(self) -> None:
        record_children(self._state, {name: child.pid for name, child in self.children.items()})
        write_status(self._state, self.status)
