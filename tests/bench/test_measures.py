"""The benchmark's own parts: peers do the whole job, and a wrong result is not a result."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from bench.checks import check_peer
from bench.import_runs import BenchmarkFailure
from bench.peers.forty_lines import CREATE, load
from bench.processes import measure_cpu_seconds, measure_peak_memory, subtract
from bench.results import Result, print_results, write_results
from samples.generator import iterate_rows, write_csv

ROWS = 400


@pytest.fixture
async def loaded(database: str, tmp_path: Path) -> AsyncIterator[asyncpg.Connection]:
    """The peer's table, filled by the peer."""
    file = tmp_path / "accounts.csv"
    with file.open("wb") as target:
        write_csv(target, "accounts", ROWS)
    connection = await asyncpg.connect(database)
    await connection.execute(CREATE)
    good, bad = await load(database, file, tmp_path / "report.csv")
    expected = sum(row.fault is not None for row in iterate_rows("accounts", ROWS))
    assert (good, bad) == (ROWS - expected, expected)
    assert len((tmp_path / "report.csv").read_text().splitlines()) == expected
    yield connection
    await connection.close()


async def test_the_script_keeps_every_good_row_and_reports_every_bad_one(
    loaded: asyncpg.Connection, database: str
) -> None:
    await check_peer(database, rows=ROWS, first=1)


@pytest.mark.parametrize(
    "change",
    [
        "update peer_accounts set balance = balance + 0.01 where id = 7",
        "delete from peer_accounts where id = 300",
        "insert into peer_accounts (account_number, account_name, balance, currency, status)"
        " values ('ZZ', 'Too many', 1, 'USD', 'Active')",
    ],
)
async def test_a_wrong_result_is_a_failure(
    loaded: asyncpg.Connection, database: str, change: str
) -> None:
    await loaded.execute(change)
    with pytest.raises(BenchmarkFailure):
        await check_peer(database, rows=ROWS, first=1)


def test_processor_time_and_memory_of_a_process_are_read() -> None:
    mine = {"me": os.getpid(), "gone": 2**22 - 1}
    before = measure_cpu_seconds(mine)
    while measure_cpu_seconds(mine)["me"] - before["me"] < 0.05:
        sum(range(10_000))
    spent = subtract(measure_cpu_seconds(mine), before)
    assert spent["me"] > 0
    assert spent["gone"] == 0
    assert measure_peak_memory(mine)["me"] > 10
    assert "gone" not in measure_peak_memory(mine)


def test_results_are_written_by_their_ids(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = Result("P1", "imports", "1.90x", "<= 2.5x", True, {"ratio": 1.9})
    print_results([result], title="100 rows")
    write_results([result], tmp_path / "bench.json", {"size": 100})
    assert "1.90x" in capsys.readouterr().out
    written = json.loads((tmp_path / "bench.json").read_text())
    assert written == {"P1": {"ratio": 1.9}, "run": {"size": 100}}
