"""A short form of `make chaos`: five seeds on a stack of their own, each checked from outside."""

from collections.abc import Iterator

import pytest

from deploy.local.state import State
from tests.faults.chaos import run_seed
from tests.stack import Stack


@pytest.fixture(scope="module")
def stormy_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """What is killed here disturbs nobody else."""
    stack = Stack(State(tmp_path_factory.mktemp("stormy")))
    try:
        stack.start()
        stack.bring_up()
        yield stack
    finally:
        stack.stop()


@pytest.mark.parametrize("seed", range(101, 106))
def test_a_storm_loses_and_doubles_nothing(stormy_stack: Stack, seed: int) -> None:
    checked, done = run_seed(stormy_stack, seed)
    print(f"seed {seed}: {done}")
    assert checked.broken == [], f"seed {seed}: {done}"
    assert checked.rows_booked > 0
