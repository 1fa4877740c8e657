"""Reverting an import: how long it takes, in imports of the same file."""

import asyncio
import time

from bench.checks import check_reverted
from bench.import_runs import revert_import
from bench.measures import Bench, say
from bench.results import Result

HIGHEST_RATIO = 1.5


async def measure_revert(bench: Bench) -> None:
    """A new file is imported and taken back; every account and every cent of it is looked at."""
    say(f"R1: {bench.size:,} rows, imported and reverted")
    run = await bench.import_checked(bench.size, automatic=True)
    began = time.monotonic()
    await asyncio.to_thread(revert_import, bench.client, run.import_id)
    seconds = time.monotonic() - began
    await check_reverted(bench.stack.postgres_dsn, run.import_id)
    ratio = seconds / run.seconds
    bench.results.append(
        Result(
            "R1",
            "revert of an import / that import",
            f"{ratio:.2f}x ({seconds:.1f} s / {run.seconds:.1f} s)",
            f"<= {HIGHEST_RATIO}x",
            ratio <= HIGHEST_RATIO,
            {
                "ratio": round(ratio, 3),
                "ours_seconds": round(seconds, 3),
                "theirs_seconds": round(run.seconds, 3),
            },
        )
    )
