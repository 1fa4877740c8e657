"""An export of all accounts through the API, and the same data by `psql \\copy … | gzip -1`."""

import csv
import gzip
import os
import subprocess
import time
from pathlib import Path
from typing import NamedTuple, TextIO, cast

import httpx

from bench.import_runs import BenchmarkFailure, Json
from deploy.local.postgres import WHEEL

_POLL_SECONDS = 0.02
_COLUMNS = (
    "account_number, account_name, ledger_v1.money_text(balance, currency), currency, status, "
    "agent, due_date, debtor"
)


class ExportRun(NamedTuple):
    seconds: float
    rows: int
    file: Path


def run_export(client: httpx.Client, folder: Path) -> ExportRun:
    """From the request to the file being ready; then it is downloaded, and read once."""
    started = time.monotonic()
    answer = client.post(
        "/v1/exports",
        json={
            "dataset": "accounts",
            "format": "csv",
            "layout": "import",
            "compression": "gzip",
        },
    )
    if answer.is_error:
        raise BenchmarkFailure(f"export: {answer.status_code} {answer.text}")
    view: Json = answer.json()
    while view["state"] in ("requested", "rendering"):
        time.sleep(_POLL_SECONDS)
        view = client.get(f"/v1/exports/{view['id']}").json()
    seconds = time.monotonic() - started
    if view["state"] != "ready":
        raise BenchmarkFailure(f"the export is {view['state']}: {view['failure']}")
    file = folder / "export.csv.gz"
    with client.stream("GET", f"/v1/exports/{view['id']}/file") as response, file.open("wb") as out:
        for piece in response.iter_bytes():
            out.write(piece)
    return ExportRun(seconds, view["rows"], file)


def run_psql(dsn: str, folder: Path) -> ExportRun:
    """The same rows, columns and order, compressed by gzip -1."""
    file = folder / "psql.csv.gz"
    query = f"\\copy (select {_COLUMNS} from ledger_v1.accounts order by id) to stdout csv"
    started = time.monotonic()
    with file.open("wb") as out:
        psql = subprocess.Popen(
            [str(WHEEL / "bin" / "psql"), "-X", "-q", "-c", query],
            stdout=subprocess.PIPE,
            env={**os.environ, **_as_variables(dsn)},
        )
        packed = subprocess.run(["gzip", "-1"], stdin=psql.stdout, stdout=out, check=True)
        if psql.wait() or packed.returncode:
            raise BenchmarkFailure("psql \\copy failed")
    seconds = time.monotonic() - started
    return ExportRun(seconds, sum(1 for _ in _read(file)), file)


def compare_files(ours: Path, theirs: Path) -> None:
    """Number and balance of every account, row by row, in the same order."""
    rows = csv.DictReader(_read(ours))
    for line, peer in enumerate(csv.reader(_read(theirs)), 1):
        row = next(rows, None)
        if row is None or (row["AccountNumber"], row["Balance"]) != (peer[0], peer[2]):
            raise BenchmarkFailure(f"export line {line}: {row} is not {peer}")
    if next(rows, None) is not None:
        raise BenchmarkFailure("the export has more rows than the books")


def _read(file: Path) -> TextIO:
    return cast(TextIO, gzip.open(file, "rt", encoding="utf-8", newline=""))


def _as_variables(dsn: str) -> dict[str, str]:
    """A password does not belong on a command line."""
    place = httpx.URL(dsn.replace("postgresql://", "http://", 1))
    return {
        "PGHOST": place.host,
        "PGPORT": str(place.port),
        "PGUSER": place.username,
        "PGPASSWORD": place.password,
        "PGDATABASE": place.path.lstrip("/"),
    }
