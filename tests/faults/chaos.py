"""Seeded faults on a running stack: `python -m tests.faults.chaos --seeds 50 --first 1`.

Each seed makes a file, uploads it, breaks things while it travels, lets them heal, and checks
every invariant from outside (tests/faults/checker.py). The seed fixes the file and the plan of
faults, not the timing of threads.
"""

import argparse
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from deploy.local.state import State
from tests.conftest import run_apart
from tests.faults.checker import Checked, check, count_dead_letters
from tests.faults.file import SeededFile, make_file
from tests.faults.line import Line
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
    return [_choose_fault(chance) for _ in range(chance.randint(1, 3))]


def _choose_fault(chance: random.Random) -> Fault:
    after = chance.uniform(0, LONGEST_WAIT_SECONDS)
    kind = chance.choices(("point", "service", "backend", "all"), weights=(5, 3, 2, 1))[0]
    if kind == "point":
        name = chance.choice(tuple(CRASH_POINTS))
        return Fault((name,), after, chance.choice(CRASH_POINTS[name]))
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
    """One file through one storm; what was found, and what was done."""
    chance = random.Random(seed)
    file: SeededFile = make_file(seed, rows=ROWS)
    faults = plan_faults(chance)
    line = Line(stack, seed)
    automatic = chance.random() < 0.5
    for fault in faults:
        if fault.crash_point:
            arm(stack, fault)
    letters = run_apart(count_dead_letters(stack.kafka_bootstrap))
    import_id = line.upload(file, automatic=automatic)
    for fault in faults:
        if not fault.crash_point:
            inject(stack, fault)
    line.finish(import_id)
    export = line.export(file)
    line.settle()
    checked = check(stack, file, import_id, export=export, letters_before=letters)
    return checked, "; ".join(map(str, faults))


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
