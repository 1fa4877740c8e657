"""A private stack for tests: real backends and services in a folder of their own, started by need.

The fixtures over it are in conftest; everything ends with the process that started it.
"""

import contextlib
import json
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from deploy.local.background import await_ready, start_supervisor, stop_supervisor
from deploy.local.state import State
from deploy.local.status import Status, UnitStatus, read_status
from deploy.local.wiring import BACKENDS, BUCKET, Wiring, build_topology, read_wiring, wire
from deploy.private_files import write_private

__all__ = ["BACKENDS", "Stack"]

READY_SECONDS = 240.0
POLL_SECONDS = 0.05


@dataclass
class Stack:
    """A stack in `state_dir`; `bring_up` starts parts of it, `bring_up()` all."""

    state: State
    # By name: as many starts as there must have been once the killed ones are back.
    starts: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def state_dir(self) -> str:
        return str(self.state.root)

    @property
    def url(self) -> str:
        return self.wiring.url

    @property
    def api_key(self) -> str:
        key = self.wiring.secrets.api_key
        assert key, "the stack has no key before it has been brought up whole"
        return key

    @property
    def kafka_bootstrap(self) -> str:
        return self.wiring.kafka_bootstrap

    @property
    def postgres_dsn(self) -> str:
        """The superuser's."""
        return self.wiring.cluster.dsn

    @property
    def s3_endpoint(self) -> str:
        return self.wiring.s3_endpoint

    @property
    def s3_access_key(self) -> str:
        return self.wiring.secrets.s3_access_key

    @property
    def s3_secret_key(self) -> str:
        return self.wiring.secrets.s3_secret_key

    @property
    def s3_bucket(self) -> str:
        return BUCKET

    @property
    def wiring(self) -> Wiring:
        """The addresses, from files the supervisor has written."""
        return read_wiring(self.state)

    @property
    def status(self) -> Status:
        status = read_status(self.state)
        assert status is not None, "the stack has not been started"
        return status

    def start(self) -> None:
        """Start the supervisor with every unit held back."""
        self.state.create()
        units = build_topology(wire(self.state)).units
        self.state.hold(*(unit.name for unit in units))
        start_supervisor(self.state, tied=True)
        deadline = time.monotonic() + READY_SECONDS
        while read_status(self.state) is None:
            assert time.monotonic() < deadline, "the supervisor says nothing"
            time.sleep(POLL_SECONDS)

    def bring_up(self, *names: str) -> None:
        """Let these units (and what they come after) start and wait for them; all if none given."""
        units = {unit.name: unit for unit in build_topology(self.wiring).units}
        wanted = set(names or units)
        while more := {name for unit in wanted for name in units[unit].after} - wanted:
            wanted |= more
        self.state.release(*wanted)
        if not names:
            await_ready(self.state)
        for name in sorted(wanted):
            self.wait_ready(name)

    def pid(self, name: str) -> int | None:
        return self.unit(name).pid

    def unit(self, name: str) -> UnitStatus:
        return self.status.units[name]

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Signal a process, by default with SIGKILL; the pid that it had.

        One that has died a moment ago, as another of a seed's faults would have it, is dead enough.
        """
        pid = self.pid(name)
        assert pid is not None, f"{name} is not running"
        if number in (signal.SIGKILL, signal.SIGTERM):
            self.starts[name] = self.unit(name).starts + 1
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        return pid

    def wait_ready(self, name: str, *, starts: int = 1) -> None:
        """Until the unit is ready and has been started `starts` times at least."""
        deadline = time.monotonic() + READY_SECONDS
        while True:
            status = self.status
            unit = status.units[name]
            if unit.stand in ("ready", "done") and unit.starts >= starts:
                return
            assert status.failure is None, status.failure
            assert time.monotonic() < deadline, f"{name} is {unit.stand} after {READY_SECONDS} s"
            time.sleep(POLL_SECONDS)

    def wait_until_stopped(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while self.state.supervisor() is not None:
            assert time.monotonic() < deadline, "the supervisor does not end"
            time.sleep(POLL_SECONDS)

    def restart(self, name: str) -> None:
        """Kill a process and wait until its successor is ready."""
        starts = self.unit(name).starts
        self.kill(name)
        self.wait_ready(name, starts=starts + 1)

    def hold(self, name: str) -> None:
        """Keep a process down after its next death, until `release`."""
        self.state.hold(name)

    def release(self, name: str) -> None:
        self.state.release(name)

    def set_for_next_start(self, name: str, variables: Mapping[str, str]) -> None:
        """Variables for the next start of a process only, such as a crash point."""
        write_private(self.state.next_start / f"{name}.json", json.dumps(dict(variables)))

    def stop(self) -> None:
        stop_supervisor(self.state)
        self.state.remove()
