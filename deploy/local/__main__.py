"""`python -m deploy.local <command>`: the launcher's commands."""

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from deploy.local.background import (
    SupervisorError,
    await_ready,
    start_supervisor,
    stop_supervisor,
)
from deploy.local.demo import DemoError, run_demo
from deploy.local.foreground import run_stack
from deploy.local.logs import follow
from deploy.local.settings import LocalSettings
from deploy.local.state import State
from deploy.local.status import Status, read_status

INTERRUPTED = 130


def up(state: State) -> int:
    """Start in the background and return when every process is ready; Ctrl-C stops it again."""
    status = read_status(state)
    if state.supervisor() and status and status.phase == "ready":
        print(f"already up; {state.connection} says where")
        return 0
    try:
        if state.supervisor() is None:
            start_supervisor(state)
        await_ready(state, Progress())
    except KeyboardInterrupt:
        print("stopping what was started", file=sys.stderr)
        stop_supervisor(state)
        return INTERRUPTED
    print(f"ready; {state.connection} says where")
    return 0


def demo(state: State) -> int:
    """Up, then the samples in and an export out; the stack is left running."""
    code = up(state)
    if code == 0:
        run_demo(state)
    return code


class Progress:
    """Prints a line for each unit that has become ready."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def __call__(self, status: Status) -> None:
        for name, unit in status.units.items():
            if unit.stand in ("ready", "done") and name not in self._told:
                self._told.add(name)
                print(f"  {name} {unit.stand}", flush=True)


def down(state: State) -> int:
    print("stopped; the data is kept" if stop_supervisor(state) else "nothing was running")
    return 0


def reset(state: State) -> int:
    stop_supervisor(state)
    state.remove()
    print("stopped; the data is removed")
    return 0


def show_status(state: State) -> int:
    """One line per unit; exit code 0 when all is ready."""
    status = read_status(state)
    if state.supervisor() is None or status is None:
        print("not running")
        return 1
    for name, unit in status.units.items():
        print(f"{name:18} {unit.stand:11} {unit.pid or '':>8} starts: {unit.starts}")
    print(status.failure or status.phase)
    return 0 if status.phase == "ready" else 1


def show_logs(state: State, names: Sequence[str]) -> int:
    with suppress(KeyboardInterrupt):
        for line in follow(state, names):
            print(line, flush=True)
    return 0


COMMANDS: dict[str, Callable[[State], int]] = {
    "demo": demo,
    "up": up,
    "down": down,
    "reset": reset,
    "status": show_status,
}


def main() -> int:
    arguments = _parse()
    state = State(arguments.state.resolve())
    try:
        if arguments.command == "run":
            return run_stack(state, arguments.parent)
        if arguments.command == "logs":
            return show_logs(state, arguments.names)
        return COMMANDS[arguments.command](state)
    except (SupervisorError, DemoError) as error:
        print(error, file=sys.stderr)
        return 1


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument("--state", type=Path, default=LocalSettings().state)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in COMMANDS:
        commands.add_parser(name, parents=[place])
    logs = commands.add_parser("logs", parents=[place], help="follow the logs")
    logs.add_argument("names", nargs="*")
    run = commands.add_parser("run", parents=[place], help="supervise in the foreground")
    run.add_argument("--parent", type=int, help="stop when this process has ended")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
