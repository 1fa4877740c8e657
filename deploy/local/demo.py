"""The guided first run: brings the samples in, takes an export out, and says where to look."""

import csv
import json
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from deploy.local.settings import PROJECT
from deploy.local.state import State

CLI = Path(sys.executable).with_name("ledgerport")
COMPLETED_WITH_REJECTS = 6
# A second demo finds the accounts changed by the payments of the first: their balances are
# not to be proposed as adjustments again.
ACCOUNTS = ("accounts", "--set", "balance_difference=ignore")
TRANSACTIONS = ("transactions",)
Answer = dict[str, Any]


class DemoError(Exception):
    """A command of the demo failed; the command has said why."""


def run_demo(state: State) -> None:
    """Needs a stack that is up; can be repeated, and then finds most rows unchanged."""
    target = state.root / "exports" / "accounts.csv"
    target.parent.mkdir(exist_ok=True)
    imports = [_import(state, "accounts.csv", ACCOUNTS)]
    imports.append(_import(state, "transactions.csv", TRANSACTIONS))
    export = _export(state, target)
    print(render_summary(state, imports, export, target))


def _import(state: State, name: str, kind: Sequence[str]) -> Answer:
    print(f"importing samples/{name}", file=sys.stderr, flush=True)
    file = str(PROJECT / "samples" / name)
    return _run_cli(
        state, "imports", "create", file, "--type", *kind, "--complete", "--watch", "--no-input"
    )


def _export(state: State, target: Path) -> Answer:
    print("exporting the accounts", file=sys.stderr, flush=True)
    query = ("--dataset", "accounts", "--format", "csv", "--purpose", "demo")
    return _run_cli(state, "exports", "create", *query, "--output", str(target), "--watch")


def _run_cli(state: State, *arguments: str) -> Answer:
    command = [str(CLI), *arguments, "--json", "--connection", str(state.connection)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, cwd=PROJECT)
    if done.returncode not in (0, COMPLETED_WITH_REJECTS):
        raise DemoError(f"`ledgerport {' '.join(arguments)}` ended with {done.returncode}")
    return json.loads(done.stdout)


def render_summary(state: State, imports: Sequence[Answer], export: Answer, target: Path) -> str:
    url = json.loads(state.connection.read_text("utf-8"))["url"]
    lines = ["", *(_describe_import(answer) for answer in imports)]
    lines.append(f"Exported  {export['rows']:,} accounts to {target}")
    balances = sum_balances(target)
    lines += [f"          {total:>18,} {currency}" for currency, total in balances.items()]
    lines += [
        "",
        f"Look at   {url}/v1/openapi.json, and at {state.connection} for the API key",
        "          .venv/bin/ledgerport imports list",
        "Stop      make down (keeps the data), make reset (removes it)",
    ]
    return "\n".join(lines)


def _describe_import(answer: Answer) -> str:
    counts: dict[str, int] = answer["counts"]
    parts = [f"{number:,} {name}" for name, number in counts.items() if number and name != "rows"]
    name = answer["file"]["name"]
    return f"Imported  {name}: {counts['rows']:,} rows, {', '.join(parts)} (import {answer['id']})"


def sum_balances(path: Path) -> dict[str, Decimal]:
    """The exported balances per currency."""
    totals: dict[str, Decimal] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            named = {name.replace("_", "").lower(): value for name, value in row.items()}
            currency = named["currency"]
            amount = Decimal(named["balance"].replace(",", ""))
            totals[currency] = totals.get(currency, Decimal(0)) + amount
    return dict(sorted(totals.items()))
