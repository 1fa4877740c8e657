"""Seeded faults on a running stack: `python -m tests.faults.chaos --seeds 50 --first 1`.

Each seed makes a file, uploads it (perhaps after payments to its accounts), breaks things while it
travels, lets them heal, perhaps reverts it under another storm, and checks every invariant from
outside: tests/faults/checker.py, and the `prove` command. The seed fixes the file and the plan of
faults, not the timing of threads.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.state import State
from tests.conftest import run_apart
from tests.faults.checker import Checked, Expected, check, count_dead_letters
from tests.faults.file import SeededFile, make_file
from tests.faults.line import Line
from tests.faults.scenarios import (
    PAYMENT,
    REVERT_POINTS,
    ask_to_revert,
    await_posted,
    await_reverted,
    check_payments,
    check_reverted,
    choose_scenario,
    prove,
    upload_payments,
)
from tests.stack import Stack

ROWS = 2_000
SERVICES = ("api", "ingest-worker", "validator-worker", "ledger-worker", "exporter-worker")
BACKENDS = ("postgres", "kafka", "object-store")
CRASH_POINTS = {
    "ingest-worker": ("ingest.half_read", "ingest.all_read", "relay.after_send"),
    "validator-worker": (
        "validator.before_send",
        "validator.after_send",
        "ledgerport-validator-rows.before_ack",
    ),
    "ledger-worker": (
        "ledger.before_commit",
        "ledgerport-ledger-rows.before_ack",
        "ledgerport-ledger-lifecycle.before_ack",
        "ledger.plan_before_commit",
        "ledger.chunk_before_commit",
        "ledger.chunk_after_commit",
        "ledger.finish_before_commit",
        "relay.after_send",
    ),
    "exporter-worker": ("exporter.mid_upload", "exporter.after_upload", "relay.after_send"),
}
LONGEST_WAIT_SECONDS = 1.5


@dataclass(frozen=True)
class Fault:
    """Processes that die together, `after` so many seconds; `crash_point` for their next life."""

    names: tuple[str, ...]
    after: float
    crash_point: str | None = None

    def __str__(self) -> str:
        if self.crash_point:
            return f"{self.names[0]} dies at {self.crash_point}"
        return f"kill {'+'.join(self.names)} after {self.after:.2f} s"


def plan_faults(chance: random.Random) -> list[Fault]:
    """One to three faults: a kill, a kill of everything, or a death at a named point."""
    return [_choose_fault(chance, CRASH_POINTS) for _ in range(chance.randint(1, 3))]


def plan_revert_faults(chance: random.Random) -> list[Fault]:
    """One or two, at the points that a revert comes by."""
    points = {"ledger-worker": REVERT_POINTS, "ingest-worker": ("relay.after_send",)}
    return [_choose_fault(chance, points) for _ in range(chance.randint(1, 2))]


def _choose_fault(chance: random.Random, points: Mapping[str, tuple[str, ...]]) -> Fault:
    after = chance.uniform(0, LONGEST_WAIT_SECONDS)
    kind = chance.choices(("point", "service", "backend", "all"), weights=(5, 3, 2, 1))[0]
    if kind == "point":
        name = chance.choice(tuple(points))
        return Fault((name,), after, chance.choice(points[name]))
    if kind == "all":
        return Fault((*BACKENDS, *SERVICES), after)
    return Fault((chance.choice(SERVICES if kind == "service" else BACKENDS),), after)


def arm(stack: Stack, fault: Fault) -> None:
    """Start the process anew, so that it dies when it reaches its crash point."""
    (name,) = fault.names
    stack.set_for_next_start(name, {"LEDGERPORT_CRASH_POINT": str(fault.crash_point)})
    stack.restart(name)


def inject(stack: Stack, fault: Fault) -> None:
    time.sleep(fault.after)
    for name in fault.names:
        if stack.pid(name) is not None:
            stack.kill(name)


def run_seed(stack: Stack, seed: int) -> tuple[Checked, str]:
    """One file through one storm or two; what was found, and what was done."""
    chance = random.Random(seed)
    file: SeededFile = make_file(seed, rows=ROWS)
    faults = plan_faults(chance)
    line = Line(stack, seed)
    automatic = chance.random() < 0.5
    scenario = choose_scenario(chance)
    payments_id = None
    with storm(stack, faults):
        letters = run_apart(count_dead_letters(stack.kafka_bootstrap))
        if scenario.pays_first:
            payments_id = upload_payments(line, file, seed)
        import_id = line.upload(file, automatic=automatic)
    line.finish(import_id)
    if payments_id is not None:
        await_posted(line, payments_id, file)
    export = line.export(file)
    line.settle()
    paid = int(PAYMENT * 100) if scenario.pays_first else 0
    checked = check(
        stack, file, import_id, export=export, expected=Expected(letters, paid_minor=paid)
    )
    said = [scenario.name, *map(str, faults)]
    if payments_id is not None:
        check_payments(stack, file, checked)
    if scenario.reverts:
        more = plan_revert_faults(chance)
        said += ["then", *map(str, more)]
        with storm(stack, more):
            ask_to_revert(line, import_id)
        await_reverted(line, import_id)
        line.settle()
        check_reverted(stack, file, import_id, checked)
    prove(stack, [one for one in (import_id, payments_id) if one is not None], checked)
    return checked, "; ".join(said)


@contextmanager
def storm(stack: Stack, faults: Sequence[Fault]) -> Iterator[None]:
    """Crash points are armed before what is done in it, the others strike after it was asked."""
    for fault in faults:
        if fault.crash_point:
            arm(stack, fault)
    yield
    for fault in faults:
        if not fault.crash_point:
            inject(stack, fault)


def run(seeds: range, stack: Stack) -> int:
    """Run all seeds and say each; the number of invariants that broke."""
    rows = broken = 0
    for seed in seeds:
        began = time.monotonic()
        checked, done = run_seed(stack, seed)
        rows += checked.rows_booked
        broken += len(checked.broken)
        verdict = "; ".join(checked.broken) or "holds"
        sys.stdout.write(f"seed {seed}: {done} ({time.monotonic() - began:.1f} s): {verdict}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(seeds)} seeds run, {rows} rows booked, {broken} invariants broken\n")
    return broken


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.chaos")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--first", type=int, default=1)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(State(Path(folder) / "stack"))
        try:
            stack.start()
            stack.bring_up()
            return 1 if run(range(asked.first, asked.first + asked.seeds), stack) else 0
        finally:
            stack.stop()


if __name__ == "__main__":
    raise SystemExit(main())
