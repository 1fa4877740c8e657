"""`python -m bench --size N`: runs everything on a stack of its own, prints one table."""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from bench import measures
from bench.import_runs import BenchmarkFailure, open_client
from bench.measures import Bench
from bench.private_stack import open_stack
from bench.results import print_results, write_results
from bench.revert_runs import measure_revert
from bench.scaling_runs import measure_p9
from deploy.local.settings import PROJECT

RESULTS = PROJECT / ".local" / "bench.json"
STEPS: dict[str, Callable[[Bench], Awaitable[None]]] = {
    "P1": measures.measure_p1_and_p4,
    "P3": measures.measure_p3,
    "P2": measures.measure_p2,
    "P6": measures.measure_p6,
    "R1": measure_revert,
    "P9": measure_p9,
    "P8": measures.measure_p8,
}


async def run(size: int, only: list[str], target: Path) -> None:
    """P1 always runs: P2 and P3 are ratios to it."""
    measures.say("starting a stack")
    with open_stack() as stack, open_client(stack) as client:
        bench = Bench(stack, client, size)
        await measures.warm_up(bench)
        for name, measure in STEPS.items():
            if name == "P1" or not only or name in only:
                await measure(bench)
        measures.measure_p5(bench)
    results = sorted(bench.results, key=lambda result: result.id)
    moment = datetime.now(UTC)
    print_results(results, title=f"{size:,} rows, {moment:%Y-%m-%d %H:%M} UTC")
    facts = {
        "size": size,
        "at": moment.isoformat(),
        "cpus": os.cpu_count(),
        **dict(measures.machine_facts()),
    }
    write_results(results, target, facts)
    measures.say(f"written to {target}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, help="rows of the accounts files")
    parser.add_argument("--only", action="append", default=[], choices=[*STEPS], help="repeatable")
    parser.add_argument("--output", type=Path, default=RESULTS)
    asked = parser.parse_args()
    try:
        asyncio.run(run(asked.size, asked.only, asked.output))
    except BenchmarkFailure as failure:
        print(f"the benchmark failed: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
