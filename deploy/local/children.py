"""Child processes: started in a group of their own, tied to our life, and swept up after a crash.

When to start and stop them is decided in supervisor.
"""

import asyncio
import ctypes
import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from deploy.local.state import State
from deploy.private_files import write_private

SET_PARENT_DEATH_SIGNAL = 1
SWEEP_SECONDS = 20.0
# Children get exactly what the topology declares, on top of this, whatever our own
# environment holds.
BASE_VARIABLES = {
    "PATH": os.defpath,
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONUNBUFFERED": "1",
}

Output = IO[bytes] | int


def die_with_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    """What a child does between fork and exec so that the kernel ends it when we are gone."""
    if sys.platform != "linux":
        return None
    set_option = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def tie() -> None:
        set_option(SET_PARENT_DEATH_SIGNAL, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return tie


async def start_child(
    command: tuple[str, ...],
    *,
    variables: Mapping[str, str] | None,
    output: Output,
    errors: Output = asyncio.subprocess.STDOUT,
    user: str | None = None,
    directory: Path | None = None,
    orphan_signal: signal.Signals = signal.SIGKILL,
) -> asyncio.subprocess.Process:
    """Start a command as leader of its own group, as `user` when one is given.

    `variables` None hands on our own environment.
    """
    base = {**BASE_VARIABLES, "HOME": str(Path.home())}
    owner = pwd.getpwnam(user) if user else None
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        env=None if variables is None else {**base, **variables},
        cwd=directory,
        start_new_session=True,
        preexec_fn=die_with_parent(orphan_signal),
        user=owner.pw_uid if owner else None,
        group=owner.pw_gid if owner else None,
        extra_groups=[] if owner else None,
    )


async def run_tool(
    command: tuple[str, ...], *, user: str | None = None, directory: Path | None = None
) -> tuple[int, str]:
    """Run a command to its end: exit code and what it said. Cancelling kills it."""
    child = await start_child(
        command, variables={}, output=asyncio.subprocess.PIPE, user=user, directory=directory
    )
    try:
        output, _ = await child.communicate()
    finally:
        signal_group(child.pid, signal.SIGKILL)
    return child.returncode or 0, output.decode("utf-8", "replace").strip()


def signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def started_at(pid: int) -> str | None:
    """A mark of the process that now has this pid; None when it is gone or only a zombie."""
    if sys.platform == "linux":
        try:
            line = (Path("/proc") / str(pid) / "stat").read_text("utf-8")
        except (FileNotFoundError, ProcessLookupError):
            return None
        fields = line.rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]
    listing = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    mark = listing.stdout.strip()
    return None if not mark or mark.startswith("Z") else mark.split(maxsplit=1)[1]


def record_children(state: State, pids: Mapping[str, int]) -> None:
    """Note who runs, for the sweep of a supervisor that comes after our sudden death."""
    marks = {name: {"pid": pid, "started": started_at(pid)} for name, pid in pids.items()}
    write_private(state.running, json.dumps(marks))


def sweep(state: State) -> list[str]:
    """End what a killed supervisor left behind; the names of what was found."""
    if not state.running.exists():
        return []
    found: dict[str, int] = {}
    for name, mark in json.loads(state.running.read_text("utf-8")).items():
        alive = started_at(mark["pid"])
        if alive is not None and alive != mark["started"]:
            continue
        signal_group(mark["pid"], signal.SIGKILL)
        if alive is not None:
            found[name] = mark["pid"]
    _wait_until_gone(list(found.values()))
    state.running.unlink()
    return sorted(found)


def _wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + SWEEP_SECONDS
    while any(started_at(pid) is not None for pid in pids):
        if time.monotonic() > deadline:
            raise RuntimeError(f"processes {pids} do not end, not even when killed")
        time.sleep(0.02)
