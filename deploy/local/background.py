"""Starts, awaits and stops the supervisor as a process of its own, from the outside."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from deploy.local.children import sweep
from deploy.local.logs import open_log, read_tail
from deploy.local.settings import PROJECT
from deploy.local.state import State
from deploy.local.status import Status, read_status

POLL_SECONDS = 0.1
STOP_SECONDS = 90.0
RUN = (sys.executable, "-m", "deploy.local", "run")

Watch = Callable[[Status], None]


class SupervisorError(Exception):
    """The stack did not come up, or does not go down; says what to look at."""


def start_supervisor(state: State, command: Sequence[str] = RUN, *, tied: bool = False) -> int:
    """Start it in the background; `tied` ends the stack when the calling process ends."""
    state.create()
    state.status.unlink(missing_ok=True)
    extra = ("--parent", str(os.getpid())) if tied else ()
    with open_log(state.log("supervisor")) as log:
        child = subprocess.Popen(
            [*command, "--state", str(state.root), *extra],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=PROJECT,
            start_new_session=True,
        )
    return _await_lock(state, child)


def _await_lock(state: State, child: subprocess.Popen[bytes]) -> int:
    while state.supervisor() is None:
        if child.poll() is not None:
            raise SupervisorError(_last_words(state.log("supervisor")))
        time.sleep(POLL_SECONDS)
    return child.pid


def await_ready(state: State, watch: Watch = lambda _status: None) -> None:
    """Until every unit is ready; raises when the supervisor gives up."""
    while True:
        status = read_status(state)
        if status:
            watch(status)
            if status.phase == "ready":
                return
            if status.failure:
                stop_supervisor(state)
                raise SupervisorError(status.failure)
        if state.supervisor() is None:
            raise SupervisorError(_last_words(state.log("supervisor")))
        time.sleep(POLL_SECONDS)


def stop_supervisor(state: State) -> bool:
    """Stop the stack of this folder, if there is one; whether there was."""
    pid = state.supervisor()
    if pid is None:
        return bool(state.root.exists() and sweep(state))
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while state.supervisor() is not None:
        if time.monotonic() > deadline:
            raise SupervisorError(f"the supervisor (process {pid}) does not stop")
        time.sleep(POLL_SECONDS)
    return True


def _last_words(log: Path) -> str:
    return "\n".join((f"the supervisor ended; its log {log} ends with:", *read_tail(log, 15)))
