"""Crash points: a process dies at the named place, as often passed as was asked for."""

import signal
import subprocess
import sys

PROGRAM = """
import sys
from services.chassis.crash_points import configure, reach
configure(sys.argv[1] or None)
for number in range(1, 6):
    print(number, flush=True)
    reach("place.other")
    reach("place.here")
"""


def run(specification: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, specification], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.split()[-1]


def test_the_process_dies_at_the_named_place_the_named_time() -> None:
    assert run("place.here") == (-signal.SIGKILL, "1")
    assert run("place.here:3") == (-signal.SIGKILL, "3")


def test_without_a_crash_point_nothing_happens() -> None:
    assert run("") == (0, "5")
    assert run("place.elsewhere") == (0, "5")
