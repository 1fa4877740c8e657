"""A short form of `make chaos`: five seeds on the session's stack, each checked from outside."""

import pytest

from tests.faults.chaos import run_seed
from tests.stack import Stack


@pytest.mark.parametrize("seed", range(101, 106))
def test_a_storm_loses_and_doubles_nothing(stack: Stack, seed: int) -> None:
    checked, done = run_seed(stack, seed)
    print(f"seed {seed}: {done}")
    assert checked.broken == [], f"seed {seed}: {done}"
    assert checked.rows_booked > 0
