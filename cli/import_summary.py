"""An import in words and tables: counts, amounts, findings, and what to do next."""

from typing import Any

from cli.amounts import in_major_units
from cli.api import Json
from cli.failures import COMPLETED_WITH_REJECTS, FAILURE, OK
from cli.output import Output
from contracts.api.imports import BUCKETS

_REST_OF_FINDINGS = 20


def show_import(output: Output, view: Json) -> None:
    """To stdout: JSON if asked for, else the summary a person wants."""
    if output.as_json:
        output.data(view)
        return
    _show_facts(output, view)
    _show_counts(output, view)
    _show_amounts(output, view)
    _show_control(output, view)
    _show_findings(output, view)
    _show_next_steps(output, view)


def exit_code_of(view: Json) -> int:
    """0; 1 for a failed import; 6 for a completed one with rejected rows."""
    if view["state"] == "failed":
        return FAILURE
    if view["state"] == "completed" and view["counts"].get("rejected"):
        return COMPLETED_WITH_REJECTS
    return OK


def _show_facts(output: Output, view: Json) -> None:
    file = view["file"]
    seen = file.get("seen_before")
    output.line(f"import {view['id']}: {view['state']}", "bold")
    output.facts(
        [
            ("type", view["record_type"]),
            ("file", f"{file['name']} ({file['bytes']:,} bytes, {file['encoding'] or 'unread'})"),
            ("sha256", file["sha256"]),
            ("seen before", f"import {seen['import_id']} by {seen['actor']}" if seen else None),
            ("created", f"{view['created_at']} by {view['actor']}"),
            ("plan", view["plan"] and view["plan"]["id"]),
            ("completed", view["completed_at"]),
            ("reverted", view.get("reverted_at")),
            ("corrects", view["corrects"]),
        ]
    )
    failure = view["failure"]
    if failure:
        output.line(f"{failure['sentence']} {failure['way_on']}", "red")


def _show_counts(output: Output, view: Json) -> None:
    counts = view["counts"]
    if not counts.get("rows"):
        return
    planned = "" if view["completed_at"] else " (planned)"
    rows: list[tuple[str, str]] = [("rows", f"{counts['rows']:,}")]
    rows += [(f"  {name}", f"{counts.get(name, 0):,}") for name in BUCKETS if counts.get(name)]
    if counts.get("pending"):
        rows.append(("  pending", f"{counts['pending']:,}"))
    if view["warnings"]:
        rows.append(("warnings", f"{view['warnings']:,}"))
    output.line()
    output.table((f"rows{planned}", "number"), rows, numeric=("number",))


def _show_amounts(output: Output, view: Json) -> None:
    amounts: dict[str, dict[str, int]] = view["amounts"]
    if not amounts:
        return
    names = ("in", *BUCKETS, "posted") if view["completed_at"] else ("in", *BUCKETS)
    shown = [name for name in names if name == "in" or any(a.get(name) for a in amounts.values())]
    rows = [
        (currency, *(in_major_units(of_currency.get(name, 0), currency) for name in shown))
        for currency, of_currency in sorted(amounts.items())
    ]
    output.line()
    output.table(("amounts", *shown), rows, numeric=shown)


def _show_control(output: Output, view: Json) -> None:
    """Expected and found side by side, where anything was expected."""
    control = view.get("control")
    if not control:
        return
    expected, found = control["expected"], control["found"]
    rows: list[tuple[str, str, str]] = []
    if expected["rows"] is not None:
        rows.append(("rows", f"{expected['rows']:,}", f"{found['rows']:,}"))
    for currency, minor in sorted(expected["amounts"].items()):
        held = found["amounts"].get(currency, 0)
        texts = (in_major_units(minor, currency), in_major_units(held, currency))
        rows.append((currency, *texts))
    output.line()
    output.table(("control totals", "expected", "found"), rows, numeric=("expected", "found"))


def _show_findings(output: Output, view: Json) -> None:
    findings: list[Json] = view["findings"]
    if not findings:
        return
    rows = [_finding_cells(item) for item in findings[:_REST_OF_FINDINGS]]
    output.line()
    output.table(("finding", "field", "rows", "e.g. row", "what and way on"), rows)
    if len(findings) > _REST_OF_FINDINGS:
        output.line(f"… and {len(findings) - _REST_OF_FINDINGS} more kinds; see --json")


def _finding_cells(item: Json) -> tuple[Any, ...]:
    words = f"{item['sentence']} {item['way_on']}"
    return item["code"], item["field"], f"{item['rows']:,}", item["sample"], words


def _show_next_steps(output: Output, view: Json) -> None:
    steps = list(_next_steps(view))
    if steps:
        output.line()
        output.facts(steps)


def _next_steps(view: Json) -> list[tuple[str, str]]:
    name = view["id"]
    counts = view["counts"]
    steps: list[tuple[str, str]] = []
    if view["state"] == "mapping":
        steps.append(("set the mapping", f"ledgerport imports mapping {name}"))
    if view["state"] == "ready":
        steps.append(("look at rows", f"ledgerport imports rows {name} --outcome rejected"))
        steps.append(("book it", f"ledgerport imports complete {name} --watch"))
    if view["state"] == "completed" and (counts.get("held") or counts.get("parked")):
        steps.append(("rows that wait", f"ledgerport reviews list --import {name}"))
    if counts.get("rejected"):
        steps.append(("error file", f"ledgerport imports errors {name} --output errors.csv"))
    if view["state"] == "completed":
        steps.append(("recompute every sum", f"ledgerport prove {name}"))
    return steps
