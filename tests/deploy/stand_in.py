"""A supervisor over small stand-in processes, run as a process of its own by test_supervisor.

The processes are declared through the same types as the real ones; only what runs is smaller.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local.foreground import say, stop_when_orphaned
from deploy.local.state import State
from deploy.local.supervisor import Supervisor
from deploy.local.units import Process, Readiness, Step, Topology
from deploy.private_files import write_private

# Says that it is there, by a file, then waits; with a child of its own that would outlive it.
SERVER = """
import os, pathlib, subprocess, sys, signal
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
pathlib.Path(sys.argv[1]).write_text(f"{os.getpid()} {child.pid} {os.environ.get('EXTRA', '-')}")
print("serving", flush=True)
signal.pause()
"""
STUBBORN = SERVER.replace("print(", "signal.signal(signal.SIGTERM, signal.SIG_IGN); print(")
# Gives up at once while a file says so.
MOODY = """
import os, pathlib, sys, signal
if pathlib.Path(sys.argv[2]).exists():
    sys.exit(3)
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
signal.pause()
"""


def has_written(path: Path) -> Readiness:
    """Ready when the file was written by a process that still runs."""

    def has() -> bool:
        words = path.read_text("utf-8").split() if path.exists() else []
        return bool(words) and Path("/proc", words[0]).exists()

    async def is_ready() -> bool:
        return has()

    return is_ready


def _process(state: State, name: str, program: str, **fields: object) -> Process:
    file = state.root / f"{name}.up"
    command = (sys.executable, "-c", program, str(file), str(state.root / "bad-mood"))
    return Process(name=name, command=command, is_ready=has_written(file), **fields)  # type: ignore[arg-type]


def build(state: State) -> Topology:
    order = state.root / "order"
    note = "import pathlib, sys; f = pathlib.Path(sys.argv[1]).open('a'); f.write(sys.argv[2])"
    fail = "import sys; print('the reason is here'); sys.exit(4 if sys.argv[1] == 'yes' else 0)"
    failing = "yes" if (state.root / "fail").exists() else "no"
    return Topology(
        (
            _process(state, "base", SERVER),
            Step(
                name="note",
                command=(sys.executable, "-c", note, str(order), "noted "),
                after=("base",),
            ),
            Step(name="may-fail", command=(sys.executable, "-c", fail, failing), after=("note",)),
            _process(state, "server", SERVER, after=("may-fail",)),
            _process(state, "stubborn", STUBBORN, stop_seconds=0.5),
            _process(state, "moody", MOODY),
        )
    )


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--parent", type=int)
    arguments = parser.parse_args()
    if arguments.parent:
        stop_when_orphaned(arguments.parent)
    state = State(arguments.state)
    state.create()

    def announce(pids: Mapping[str, int]) -> None:
        write_private(state.connection, json.dumps({"processes": dict(pids)}))

    return asyncio.run(Supervisor(build(state), state, say=say, announce=announce).run())


if __name__ == "__main__":
    sys.exit(main())
