"""What was measured, against which target: one table, and one file for programs."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Result:
    """`target` in words; `reached` is None where this size or machine cannot tell."""

    id: str
    what: str
    measured: str
    target: str
    reached: bool | None
    figures: dict[str, Any] = field(default_factory=dict[str, Any])


def print_results(results: list[Result], *, title: str) -> None:
    table = Table(title=title, box=None, pad_edge=False, header_style="bold")
    for column in ("id", "what", "measured", "target", "reached"):
        table.add_column(column, overflow="fold")
    for result in results:
        reached = {True: "yes", False: "no", None: "–"}[result.reached]
        table.add_row(result.id, result.what, result.measured, result.target, reached)
    Console().print(table)


def write_results(results: list[Result], path: Path, facts: dict[str, Any]) -> None:
    """`{"P1": {"ratio": …}, …}`, and under `run` the size, machine and date."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {result.id: result.figures for result in results} | {"run": facts}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
