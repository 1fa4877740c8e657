"""A short round trip against a running installation: `python -m tests.smoke --url URL`.

Accounts of its own are imported, exported and reverted again, by the command line. The key is taken
from `LEDGERPORT_API_KEY`, or all of it from `.local/connection.json`.
"""

import argparse
import csv
import json
import os
import secrets
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

COMPLETED_WITH_REJECTS = 6
GOOD_ROWS = 20


class SmokeFailure(SystemExit):
    """What did not come out as it should."""


def run(environment: dict[str, str], *arguments: str, allowed: int = 0) -> dict[str, Any]:
    """One command of the CLI and its JSON."""
    command = [sys.executable, "-m", "cli", *arguments, "--json"]
    done = subprocess.run(
        command, env=environment, check=False, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    if done.returncode != allowed:
        raise SmokeFailure(f"ledgerport {' '.join(arguments)} ended with {done.returncode}")
    return json.loads(done.stdout)


def demand(expected: object, found: object, what: str) -> None:
    if expected != found:
        raise SmokeFailure(f"{what}: expected {expected}, found {found}")


def write_file(path: Path, mark: str) -> Decimal:
    """Good rows and a bad one; the sum of the good ones' balances."""
    balances = [Decimal(f"{number}00.{number:02}") for number in range(1, GOOD_ROWS + 1)]
    lines = [
        f'SMOKE-{mark}-{number},"Smoke Tést, {number}",{balance}'
        for number, balance in enumerate(balances, 1)
    ]
    path.write_text("\n".join(["AccountNumber,AccountName,Balance", *lines, "-,Bad,12x"]), "utf-8")
    return sum(balances, Decimal())


def go_round(folder: Path, environment: dict[str, str]) -> None:
    total = write_file(source := folder / "smoke.csv", secrets.token_hex(6))
    importing = ("imports", "create", str(source), "--type", "accounts", "--complete", "--watch")
    imported = run(environment, *importing, allowed=COMPLETED_WITH_REJECTS)
    import_id = str(imported["id"])
    try:
        counts = {name: number for name, number in imported["counts"].items() if number}
        demand({"rows": GOOD_ROWS + 1, "created": GOOD_ROWS, "rejected": 1}, counts, "the import")
        target = folder / "exported.csv"
        exporting = ("exports", "create", "--dataset", "accounts", "--format", "csv")
        chosen = ("--filter", f"import_id={import_id}", "--output", str(target), "--watch")
        run(environment, *exporting, *chosen)
        with target.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        demand(GOOD_ROWS, len(rows), "rows of the export")
        demand(total, sum(Decimal(row["Balance"]) for row in rows), "balances of the export")
    finally:
        run(environment, "imports", "revert", import_id, "--yes", "--watch")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.smoke")
    parser.add_argument("--url")
    asked = parser.parse_args(arguments)
    environment = {**os.environ, **({"LEDGERPORT_URL": asked.url} if asked.url else {})}
    with tempfile.TemporaryDirectory() as folder:
        go_round(Path(folder), environment)
    sys.stdout.write(f"imported, exported and reverted: {GOOD_ROWS} accounts\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
