"""The launcher's commands, run as make runs them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.background import stop_supervisor
from deploy.local.children import started_at
from deploy.local.state import State
from deploy.local.status import read_status

LAUNCHER = (sys.executable, "-m", "deploy.local")


def run(state: State, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*LAUNCHER, *arguments, "--state", str(state.root)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State(tmp_path / "state")
    try:
        yield state
    finally:
        stop_supervisor(state)
        state.remove()


@pytest.fixture
def heeding_ctrl_c() -> Iterator[None]:
    """Children ignore it by inheritance where the tests run in a shell's background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeding_ctrl_c")
def test_ctrl_c_while_starting_stops_what_was_started(state: State) -> None:
    with subprocess.Popen(
        [*LAUNCHER, "up", "--state", str(state.root)], stdout=subprocess.PIPE, text=True
    ) as up:
        assert up.stdout
        for line in up.stdout:
            if "postgres ready" in line:
                break
        status = read_status(state)
        assert status
        pids = [unit.pid for unit in status.units.values() if unit.pid]
        up.send_signal(signal.SIGINT)
        # Read to the end: what it still says must find somebody.
        up.communicate()
    assert up.returncode == 130
    assert state.supervisor() is None
    assert [pid for pid in pids if started_at(pid)] == []


def test_down_and_reset_without_a_stack_are_harmless(state: State) -> None:
    assert run(state, "down").stdout == "nothing was running\n"
    assert run(state, "status").stdout == "not running\n"
    assert run(state, "reset").returncode == 0
    assert not state.root.exists()


def test_reset_removes_the_data_wherever_it_lies(state: State) -> None:
    run_until_postgres_is_ready(state)
    places = state.places.read_text("utf-8").splitlines() if state.places.exists() else []
    if os.geteuid() != 0:
        assert places == []
    assert run(state, "reset").returncode == 0
    assert not state.root.exists()
    assert not [place for place in places if Path(place).exists()]


def run_until_postgres_is_ready(state: State) -> None:
    up = subprocess.Popen(
        [*LAUNCHER, "up", "--state", str(state.root)], stdout=subprocess.PIPE, text=True
    )
    with up:
        assert up.stdout
        for line in up.stdout:
            if "postgres ready" in line:
                break
        up.kill()


def test_a_stack_that_is_starting_is_joined_not_doubled(state: State) -> None:
    run_until_postgres_is_ready(state)
    first = state.supervisor()
    assert first
    with subprocess.Popen(
        [*LAUNCHER, "up", "--state", str(state.root)], stdout=subprocess.PIPE, text=True
    ) as second:
        assert second.stdout
        assert second.stdout.readline() == "  postgres ready\n"
        assert state.supervisor() == first
        second.kill()


def test_an_unknown_command_is_refused_with_the_usage(state: State) -> None:
    refused = run(state, "sideways")
    assert refused.returncode == 2
    assert "invalid choice" in refused.stderr
