"""The supervisor over stand-in processes: restarts, back-off, stopping, and nothing left behind."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from deploy.local.background import (
    SupervisorError,
    await_ready,
    start_supervisor,
    stop_supervisor,
)
from deploy.local.children import started_at
from deploy.local.state import State
from deploy.local.status import Status, read_status

STAND_IN = (sys.executable, "-m", "tests.deploy.stand_in")


def wait_until(condition: Callable[[], bool], *, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


class StandIn:
    """A state folder with a supervisor over the stand-in topology."""

    def __init__(self, root: Path) -> None:
        self.state = State(root)
        self.state.create()

    def start(self) -> int:
        return start_supervisor(self.state, STAND_IN, tied=True)

    def start_and_wait(self) -> int:
        pid = self.start()
        await_ready(self.state)
        return pid

    @property
    def status(self) -> Status:
        status = read_status(self.state)
        assert status
        return status

    def pids(self) -> dict[str, int]:
        """The processes and the children that they have started themselves."""
        found: dict[str, int] = {}
        for name in ("base", "server", "stubborn", "moody"):
            words = (self.state.root / f"{name}.up").read_text("utf-8").split()
            found[name] = int(words[0])
            if len(words) > 1:
                found[f"{name}'s child"] = int(words[1])
        return found

    def said(self) -> str:
        return self.state.log("supervisor").read_text("utf-8")

    def kill_and_wait(self, name: str) -> int:
        old = self.status.units[name].pid
        assert old
        os.kill(old, signal.SIGKILL)
        wait_until(lambda: self._is_ready_as_another_than(name, old))
        return old

    def _is_ready_as_another_than(self, name: str, old: int) -> bool:
        # Its pid may change before the file of its predecessor is written over.
        said = (self.state.root / f"{name}.up").read_text("utf-8").split()
        unit = self.status.units[name]
        return unit.stand == "ready" and bool(said) and said[0] == str(unit.pid) != str(old)


def alive(pids: dict[str, int]) -> dict[str, int]:
    return {name: pid for name, pid in pids.items() if started_at(pid) is not None}


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[StandIn]:
    started = StandIn(tmp_path / "state")
    try:
        yield started
    finally:
        stop_supervisor(started.state)


def test_a_killed_process_is_back_within_ten_seconds_and_one_line_says_so(
    stand_in: StandIn,
) -> None:
    stand_in.start_and_wait()
    begun = time.monotonic()
    stand_in.kill_and_wait("server")
    assert time.monotonic() - begun < 10
    lines = [line for line in stand_in.said().splitlines() if "was killed by SIGKILL" in line]
    assert len(lines) == 1
    assert "server was killed by SIGKILL; it is started again in" in lines[0]


def test_what_a_dead_process_had_started_ends_with_it(stand_in: StandIn) -> None:
    stand_in.start_and_wait()
    child = stand_in.pids()["server's child"]
    stand_in.kill_and_wait("server")
    wait_until(lambda: started_at(child) is None)


def test_units_start_in_order_and_steps_run_once(stand_in: StandIn) -> None:
    stand_in.start_and_wait()
    stand_in.kill_and_wait("base")
    assert (stand_in.state.root / "order").read_text("utf-8") == "noted "
    assert stand_in.status.units["note"].stand == "done"
    base, server = (stand_in.state.root / f"{name}.up" for name in ("base", "server"))
    wait_until(lambda: server.stat().st_mtime < base.stat().st_mtime)


def test_the_connection_file_is_private_and_follows_a_restart(stand_in: StandIn) -> None:
    stand_in.start_and_wait()
    connection = stand_in.state.connection
    first = json.loads(connection.read_text("utf-8"))["processes"]
    assert set(first) == {"base", "server", "stubborn", "moody"}
    stand_in.kill_and_wait("server")
    second = json.loads(connection.read_text("utf-8"))["processes"]
    assert second["server"] != first["server"]
    assert second["server"] == stand_in.status.units["server"].pid
    assert {name: second[name] for name in ("base", "moody")} == {
        name: first[name] for name in ("base", "moody")
    }
    assert stat.S_IMODE(connection.stat().st_mode) == 0o600


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_leaves_nothing_behind(stand_in: StandIn, number: signal.Signals) -> None:
    supervisor = stand_in.start_and_wait()
    pids = stand_in.pids()
    assert alive(pids) == pids
    os.kill(supervisor, number)
    wait_until(lambda: stand_in.state.supervisor() is None)
    assert alive(pids) == {}
    assert "stubborn does not stop and is killed" in stand_in.said()


def test_children_end_when_the_supervisor_is_killed(stand_in: StandIn) -> None:
    supervisor = stand_in.start_and_wait()
    pids = {name: pid for name, pid in stand_in.pids().items() if "child" not in name}
    os.kill(supervisor, signal.SIGKILL)
    wait_until(lambda: alive(pids) == {}, seconds=5)


def test_the_next_start_ends_what_a_killed_supervisor_left(stand_in: StandIn) -> None:
    os.kill(stand_in.start_and_wait(), signal.SIGKILL)
    left = stand_in.pids()
    wait_until(lambda: stand_in.state.supervisor() is None)
    assert "server's child" in alive(left)
    stand_in.start_and_wait()
    assert alive(left) == {}


def test_stopping_after_the_supervisor_was_killed_ends_what_is_left(stand_in: StandIn) -> None:
    os.kill(stand_in.start_and_wait(), signal.SIGKILL)
    left = stand_in.pids()
    wait_until(lambda: stand_in.state.supervisor() is None)
    stop_supervisor(stand_in.state)
    wait_until(lambda: alive(left) == {})


def test_a_crash_loop_is_tried_ever_more_slowly(stand_in: StandIn) -> None:
    stand_in.start_and_wait()
    (stand_in.state.root / "bad-mood").touch()
    os.kill(stand_in.pids()["moody"], signal.SIGKILL)
    wait_until(lambda: "moody ended with 3; it is started again in 2.0 s" in stand_in.said())
    (stand_in.state.root / "bad-mood").unlink()
    wait_until(lambda: "moody is ready again" in stand_in.said())
    lines = [line for line in stand_in.said().splitlines() if " moody " in line]
    delays = [float(found[1]) for line in lines if (found := re.search(r"in ([\d.]+) s", line))]
    assert delays == [0.2, 0.5, 1.0, 2.0]
    moments = [datetime.fromisoformat(line.split()[0]) for line in lines]
    assert (moments[-1] - moments[0]).total_seconds() >= 2
    assert "moody is ready again" in lines[-1]


def test_a_failed_step_stops_all_and_shows_why(stand_in: StandIn) -> None:
    (stand_in.state.root / "fail").touch()
    with pytest.raises(SupervisorError, match="may-fail ended with 4") as failure:
        stand_in.start_and_wait()
    assert "the reason is here" in str(failure.value)
    assert stand_in.state.supervisor() is None
    words = (stand_in.state.root / "base.up").read_text("utf-8").split()
    assert started_at(int(words[0])) is None


def test_a_process_that_never_becomes_ready_fails_the_start(stand_in: StandIn) -> None:
    (stand_in.state.root / "bad-mood").touch()
    with pytest.raises(SupervisorError, match="moody ended with 3, 5 times in a row"):
        stand_in.start_and_wait()


def test_a_held_process_stays_down_until_it_is_released(stand_in: StandIn) -> None:
    stand_in.start_and_wait()
    stand_in.state.hold("server")
    os.kill(stand_in.pids()["server"], signal.SIGKILL)
    wait_until(lambda: stand_in.status.units["server"].stand == "held")
    assert stand_in.status.units["server"].pid is None
    stand_in.state.release("server")
    wait_until(lambda: stand_in.status.units["server"].stand == "ready")


def test_variables_for_the_next_start_are_used_once(stand_in: StandIn) -> None:
    stand_in.start_and_wait()
    extra = stand_in.state.next_start / "server.json"
    extra.write_text('{"EXTRA": "given"}', "utf-8")
    up = stand_in.state.root / "server.up"
    stand_in.kill_and_wait("server")
    assert up.read_text("utf-8").endswith("given")
    stand_in.kill_and_wait("server")
    assert up.read_text("utf-8").endswith("-")


def test_a_second_supervisor_is_refused(stand_in: StandIn) -> None:
    stand_in.start_and_wait()
    second = subprocess.run(
        [*STAND_IN, "--state", str(stand_in.state.root)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode != 0
    assert "a supervisor already runs" in second.stderr
    assert stand_in.status.phase == "ready"


def test_the_stack_of_a_killed_caller_stops_by_itself(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    program = (
        "import sys, signal; from pathlib import Path;"
        "from deploy.local.background import *; from deploy.local.state import State;"
        f"s = State(Path({str(state.root)!r})); start_supervisor(s, {STAND_IN!r}, tied=True);"
        "await_ready(s); print('up', flush=True); signal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as caller:
        assert caller.stdout
        assert caller.stdout.readline() == b"up\n"
        caller.kill()
    wait_until(lambda: state.supervisor() is None)
