"""Runs the supervisor of the local stack in this process."""

import asyncio
import ctypes
import os
import signal
import sys
from datetime import UTC, datetime
from functools import partial

from deploy.local.children import SET_PARENT_DEATH_SIGNAL
from deploy.local.connection import write_connection
from deploy.local.state import State
from deploy.local.supervisor import Supervisor
from deploy.local.wiring import build_topology, wire


def run_stack(state: State, parent: int | None) -> int:
    """Supervise until asked to stop; with `parent` also when that process has ended,
    and then remove the data, for nobody else will."""
    if parent is not None:
        stop_when_orphaned(parent)
    state.create()
    wiring = wire(state)
    supervisor = Supervisor(
        build_topology(wiring), state, say=say, announce=partial(write_connection, wiring)
    )
    try:
        return asyncio.run(supervisor.run())
    finally:
        state.connection.unlink(missing_ok=True)
        if parent is not None and os.getppid() != parent:
            state.remove()


def say(sentence: str) -> None:
    print(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {sentence}", flush=True)


def stop_when_orphaned(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the process that wanted this stack is gone")
