"""What is measured, one function per line of the table; each checks that the job was done."""

import asyncio
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import httpx

from bench.checks import check_import, check_peer
from bench.export_runs import ExportRun, compare_files, run_export, run_psql
from bench.import_runs import run_import
from bench.peer_runs import run_django, run_forty_lines
from bench.private_stack import BenchStack
from bench.processes import measure_cpu_seconds, measure_peak_memory, subtract
from bench.results import Result
from cli.live_load import LiveLoad, measure_live_lane
from samples.generator import write_csv

WARM_UP_ROWS = 2_000
DJANGO_ROWS = 5_000
FULL_SIZE = 1_000_000
_REPEATED_UP_TO = 200_000
_LIVE_PER_SECOND = 20.0
_LIVE_IDLE_RECORDS = 300
_NOT_PYTHON = ("postgres", "kafka", "object-store")


class CheckedRun(NamedTuple):
    """Wall seconds, and CPU seconds by process; what checking costs is in neither."""

    seconds: float
    cpu_seconds: dict[str, float]
    import_id: str


@dataclass(slots=True)
class Bench:
    """The stack, the size, and the next account number that no file has used."""

    stack: BenchStack
    client: httpx.Client
    size: int
    next_row: int = 1
    automatic_seconds: float = 0.0
    results: list[Result] = field(default_factory=list[Result])

    @property
    def repeats(self) -> int:
        return 3 if self.size <= _REPEATED_UP_TO else 1

    @property
    def is_full(self) -> bool:
        return self.size >= FULL_SIZE

    def make_file(self, rows: int) -> tuple[Path, int]:
        """A file of accounts that are new to the books, and its first row's number."""
        first, self.next_row = self.next_row, self.next_row + rows
        path = self.stack.folder / f"accounts-{first}-{rows}.csv"
        with path.open("wb") as file:
            write_csv(file, "accounts", rows, first=first)
        return path, first

    async def import_checked(self, rows: int, *, automatic: bool) -> CheckedRun:
        """Import a new file of so many rows, and compare the books with it row by row."""
        file, first = self.make_file(rows)
        before = measure_cpu_seconds(self.stack.processes)
        run = await asyncio.to_thread(run_import, self.client, file, automatic=automatic)
        cpu = subtract(measure_cpu_seconds(self.stack.processes), before)
        dsn = self.stack.postgres_dsn
        await check_import(dsn, str(run.view["id"]), rows=rows, first=first)
        file.unlink()
        return CheckedRun(run.seconds, cpu, str(run.view["id"]))


def say(sentence: str) -> None:
    """Progress, on stderr."""
    print(sentence, file=sys.stderr, flush=True)


async def warm_up(bench: Bench) -> None:
    say("warming up")
    await bench.import_checked(WARM_UP_ROWS, automatic=True)


async def measure_p1_and_p4(bench: Bench) -> None:
    """Imports with automatic completion, the peer before and after each; CPU by process."""
    ours: list[float] = []
    theirs: list[float] = []
    cpu: list[dict[str, float]] = []
    for number in range(1, bench.repeats + 1):
        say(f"P1: {bench.size:,} rows, run {number} of {bench.repeats}")
        theirs.append(await _run_peer(bench))
        run = await bench.import_checked(bench.size, automatic=True)
        ours.append(run.seconds)
        cpu.append(run.cpu_seconds)
        theirs.append(await _run_peer(bench))
    bench.automatic_seconds = statistics.median(ours)
    _report_p1(bench, ours, theirs)
    _report_p4(bench, cpu)


async def _run_peer(bench: Bench) -> float:
    file, first = bench.make_file(bench.size)
    run = await run_forty_lines(bench.stack, file)
    await check_peer(bench.stack.postgres_dsn, rows=bench.size, first=first)
    file.unlink()
    return run.seconds


def _report_p1(bench: Bench, ours: list[float], theirs: list[float]) -> None:
    our_seconds, their_seconds = statistics.median(ours), statistics.median(theirs)
    ratio = our_seconds / their_seconds
    bench.results.append(
        Result(
            "P1",
            "accounts file, upload to last row applied / csv + pydantic + COPY script",
            f"{ratio:.2f}x ({our_seconds:.1f} s / {their_seconds:.1f} s)",
            "<= 2.5x at 1M",
            ratio <= 2.5 if bench.is_full else None,
            {
                "ratio": round(ratio, 3),
                "ours_seconds": round(our_seconds, 3),
                "theirs_seconds": round(their_seconds, 3),
                "ours_runs": [round(seconds, 3) for seconds in ours],
                "theirs_runs": [round(seconds, 3) for seconds in theirs],
            },
        )
    )


def _report_p4(bench: Bench, runs: list[dict[str, float]]) -> None:
    scale = FULL_SIZE / bench.size
    names = runs[0].keys()
    median = {name: statistics.median(run.get(name, 0.0) for run in runs) for name in names}
    per_million = {name: round(seconds * scale, 1) for name, seconds in median.items()}
    ours = {n: s for n, s in per_million.items() if n not in ("kafka", "object-store")}
    total = round(sum(ours.values()), 1)
    parts = ", ".join(f"{name} {seconds}" for name, seconds in per_million.items() if seconds)
    bench.results.append(
        Result(
            "P4",
            "CPU seconds per 1M rows: our processes and PostgreSQL",
            f"{total} s ({parts})",
            "<= 55 s; ingest <= 4.5, validator <= 10, ledger <= 6",
            total <= 55 if bench.is_full else None,
            {"cpu_seconds_per_million": total, "processes": per_million},
        )
    )


async def measure_p2(bench: Bench) -> None:
    """The peer's time goes by the row, so a part of the file is run and scaled, and it is said."""
    rows = min(DJANGO_ROWS, bench.size)
    say(f"P2: django-import-export, {rows:,} rows")
    file, _ = bench.make_file(rows)
    run = await asyncio.to_thread(run_django, bench.stack, file)
    theirs = run.seconds * bench.size / rows
    ratio = theirs / bench.automatic_seconds
    bench.results.append(
        Result(
            "P2",
            "django-import-export (dry run + import) / accounts file",
            f"{ratio:.0f}x faster ({theirs:.0f} s / {bench.automatic_seconds:.1f} s)",
            ">= 10x at 100k",
            ratio >= 10 if bench.size >= 100_000 else None,
            {
                "ratio": round(ratio, 2),
                "ours_seconds": round(bench.automatic_seconds, 3),
                "theirs_seconds": round(theirs, 3),
                "theirs_measured_rows": rows,
            },
        )
    )


async def measure_p3(bench: Bench) -> None:
    runs: list[float] = []
    for number in range(1, bench.repeats + 1):
        say(f"P3: {bench.size:,} rows with review, run {number} of {bench.repeats}")
        runs.append((await bench.import_checked(bench.size, automatic=False)).seconds)
    seconds = statistics.median(runs)
    ratio = seconds / bench.automatic_seconds
    bench.results.append(
        Result(
            "P3",
            "with review (plan, then complete) / automatic",
            f"{ratio:.2f}x ({seconds:.1f} s / {bench.automatic_seconds:.1f} s)",
            "<= 1.6x",
            ratio <= 1.6,
            {
                "ratio": round(ratio, 3),
                "ours_seconds": round(seconds, 3),
                "theirs_seconds": round(bench.automatic_seconds, 3),
            },
        )
    )


def measure_p5(bench: Bench) -> None:
    """Asked last: the peaks of all that has run before."""
    peaks = {
        name: megabytes
        for name, megabytes in measure_peak_memory(bench.stack.processes).items()
        if name not in _NOT_PYTHON
    }
    worst = max(peaks.values())
    parts = ", ".join(f"{name} {megabytes}" for name, megabytes in sorted(peaks.items()))
    bench.results.append(
        Result(
            "P5",
            "peak memory of any Python process",
            f"{worst} MB ({parts})",
            "<= 150 MB, flat from 10k to 5M rows",
            worst <= 150,
            {"megabytes": worst, "processes": peaks, "rows": bench.size},
        )
    )


async def measure_p6(bench: Bench) -> None:
    say("P6: exports")
    folder, dsn = bench.stack.folder, bench.stack.postgres_dsn
    runs = [await asyncio.to_thread(_export_both, bench.client, dsn, folder) for _ in range(3)]
    ours = min(run[0].seconds for run in runs)
    theirs = min(run[1].seconds for run in runs)
    rows = runs[0][0].rows
    compare_files(runs[-1][0].file, runs[-1][1].file)
    ratio = ours / theirs
    bench.results.append(
        Result(
            "P6",
            f"CSV export of {rows:,} accounts / psql \\copy to gzip -1",
            f"{ratio:.2f}x ({ours:.2f} s / {theirs:.2f} s)",
            "<= 1.5x at 1M",
            ratio <= 1.5 if rows >= FULL_SIZE * 0.9 else None,
            {
                "ratio": round(ratio, 3),
                "ours_seconds": round(ours, 3),
                "theirs_seconds": round(theirs, 3),
                "rows": rows,
            },
        )
    )


def _export_both(client: httpx.Client, dsn: str, folder: Path) -> tuple[ExportRun, ExportRun]:
    return run_export(client, folder), run_psql(dsn, folder)


async def measure_p8(bench: Bench) -> None:
    say("P8: live lane, idle")
    bootstrap = bench.stack.kafka_bootstrap
    idle = await measure_live_lane(
        bootstrap,
        per_second=_LIVE_PER_SECOND,
        until=asyncio.Event(),
        at_most=_LIVE_IDLE_RECORDS,
    )
    say(f"P8: live lane, while {bench.size:,} rows are imported")
    loaded = await _measure_live_under_load(bench, bootstrap)
    bench.results.append(
        Result(
            "P8",
            "live lane, publish to ledger-changed: p99",
            f"idle {idle.p99:.0f} ms (p50 {idle.p50:.0f}), under an upload {loaded.p99:.0f} ms "
            f"(p50 {loaded.p50:.0f})",
            "<= 250 ms idle, <= 2 s under 1M rows",
            idle.p99 <= 250 and loaded.p99 <= 2000 and not idle.lost + loaded.lost,
            {"idle": idle._asdict(), "under_upload": loaded._asdict()},
        )
    )


async def _measure_live_under_load(bench: Bench, bootstrap: str) -> LiveLoad:
    finished = asyncio.Event()
    live = asyncio.create_task(
        measure_live_lane(bootstrap, per_second=_LIVE_PER_SECOND, until=finished)
    )
    try:
        await bench.import_checked(bench.size, automatic=True)
    finally:
        finished.set()
    return await live


def machine_facts() -> Iterator[tuple[str, str]]:
    """Processor and memory, as far as Linux says."""
    for path, name in (("/proc/cpuinfo", "model name"), ("/proc/meminfo", "MemTotal")):
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            if line.startswith(name):
                yield name, line.partition(":")[2].strip()
                break
