"""`ledgerport imports …`: a person's word on rows and on whole imports that are booked."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli.amounts import in_major_units
from cli.api import Json
from cli.downloads import save
from cli.failures import OK, USAGE, CommandFailure
from cli.import_creation import RESTING_STATES, read_json_object, set_options
from cli.import_summary import exit_code_of, show_import
from cli.options import ImportId, Target, Watch
from cli.output import Output
from cli.session import Session, add_command
from cli.watching import watch_import

Rows = Annotated[list[int], typer.Argument(metavar="ROW...", min=1, help="Row numbers.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the row.")]
Complete = Annotated[
    bool, typer.Option("--complete", help="Book the correcting import as soon as it is ready.")
]


def add_to(group: typer.Typer) -> None:
    """The commands, beside those that create and show imports."""
    add_command(group, "revert")(revert_import)
    add_command(group, "release")(release_rows)
    add_command(group, "dismiss")(dismiss_rows)
    add_command(group, "correct")(correct_row)
    add_command(group, "replace")(replace_cells)
    add_command(group, "retry")(retry_import)
    add_command(group, "replay", hidden=True)(retry_import)
    add_command(group, "acknowledgment")(save_acknowledgment)


def revert_import(
    session: Session,
    import_id: ImportId,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")] = False,
    watch: Watch = False,
    reason: Annotated[str | None, typer.Option(help="Why; kept with the import.")] = None,
) -> int:
    """Undo a completed import by compensation; what was touched since is kept and listed."""
    path = f"/v1/imports/{import_id}/revert"
    if not dry_run:
        session.confirm(f"Revert import {import_id}?")
    said = {"reason": reason} if reason else {}
    view = session.api.post(path, {"dry_run": dry_run, **said})
    if watch and not dry_run:
        watch_import(session.api, session.output, import_id, until=("reverted",), title="import")
        view = session.api.get(path)
    show_revert(session.output, view)
    return OK


def show_revert(output: Output, view: Json) -> None:
    if output.as_json:
        output.data(view)
        return
    output.line(f"revert of import {view['import_id']}: {view['state']}", "bold")
    names = ("reversed", "kept", "withdrawn")
    counts = [(name, f"{view['counts'].get(name, 0):,}") for name in names]
    output.table(("rows", "number"), counts, numeric=("number",))
    amounts = [
        (currency, *(in_major_units(of_currency.get(name, 0), currency) for name in names[:2]))
        for currency, of_currency in sorted(view["amounts"].items())
    ]
    if amounts:
        output.line()
        output.table(("amounts", *names[:2]), amounts, numeric=names[:2])
    if view["kept"]:
        output.line()
        kept = [
            (item["row"], item["code"], f"{item['sentence']} {item['way_on']}")
            for item in view["kept"]
        ]
        output.table(("row", "code", "why it is kept, and the way on"), kept, numeric=("row",))
    if view["kept_has_more"]:
        output.note("More rows are kept than are listed here.")


def release_rows(session: Session, import_id: ImportId, rows: Rows) -> None:
    """Look at held or parked rows again, and book them if they can be."""
    answer = session.api.post(f"/v1/imports/{import_id}/release", {"rows": rows})
    _show_rows(session.output, answer["data"], "released")


def dismiss_rows(session: Session, import_id: ImportId, rows: Rows, reason: Reason) -> None:
    """Reject held or parked rows for good."""
    session.confirm(f"Dismiss {len(rows)} row(s) for good?")
    body = {"rows": rows, "reason": reason}
    answer = session.api.post(f"/v1/imports/{import_id}/dismiss", body)
    _show_rows(session.output, answer["data"], "dismissed")


def _show_rows(output: Output, rows: Sequence[Json], done: str) -> None:
    if output.as_json:
        output.data(rows)
        return
    numbers = ", ".join(str(row["row"]) for row in rows)
    output.line(f"{done}: row {numbers}" if len(rows) == 1 else f"{done}: rows {numbers}")


def correct_row(
    session: Session,
    import_id: ImportId,
    row: Annotated[int, typer.Argument(metavar="ROW", min=1, help="Its number.")],
    *,
    cells: Annotated[
        list[str], typer.Option("--set", help="One cell as Column=value; repeatable.")
    ],
    complete: Complete = False,
) -> None:
    """Set cells of a row anew: at once before completion, by a correcting import after it."""
    body: Json = {"cells": dict(_parse_cell(text) for text in cells)}
    body |= {"complete": "automatic"} if complete else {}
    answer = session.api.send("PATCH", f"/v1/imports/{import_id}/rows/{row}", json=body).json()
    _show_correction(session.output, answer, f"corrected: row {row}; the import is checked again")


def replace_cells(
    session: Session,
    import_id: ImportId,
    *,
    column: Annotated[str, typer.Option(help="The file's column.")],
    old: Annotated[str, typer.Option("--from", help="The cell's whole text.")],
    new: Annotated[str, typer.Option("--to", help="What it becomes.")],
    complete: Complete = False,
) -> None:
    """Replace a text in all rows that are rejected, or held for an error."""
    body: Json = {"column": column, "replace": old, "by": new}
    body |= {"complete": "automatic"} if complete else {}
    answer = session.api.post(f"/v1/imports/{import_id}/replace", body)
    _show_correction(session.output, answer, "", import_id=import_id)


def retry_import(
    session: Session,
    import_id: ImportId,
    *,
    finding: Annotated[str | None, typer.Option(help="Only rows with this code.")] = None,
    mapping: Annotated[
        Path | None, typer.Option(help='JSON file {"column": "field" or null}.')
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="An option by which they are judged now, e.g. formats.date=DD.MM.YYYY."
        ),
    ] = None,
    complete: Complete = False,
    watch: Watch = False,
) -> int:
    """Judge the rejected rows again, by an import of their own that corrects the first."""
    body: Json = {"finding": finding} if finding else {}
    set_options(body, settings or [])
    body |= {"mapping": read_json_object(mapping)} if mapping else {}
    body |= {"complete": "automatic"} if complete else {}
    view = session.api.post(f"/v1/imports/{import_id}/replay", body)
    if watch:
        view = watch_import(
            session.api, session.output, view["id"], until=RESTING_STATES, title="correction"
        )
    show_import(session.output, view)
    return exit_code_of(view)


def save_acknowledgment(session: Session, import_id: ImportId, target: Target = None) -> None:
    """Per received account: original and current balance, and what became of its row."""
    save(session, f"/v1/imports/{import_id}/acknowledgment.csv", target)


def _show_correction(
    output: Output, answer: Json, sentence: str, *, import_id: str | None = None
) -> None:
    """A row or the import itself before completion; a correcting import after it."""
    if output.as_json:
        output.data(answer)
    elif "state" in answer:
        show_import(output, answer)
        if answer["id"] != import_id:
            output.note("The rows are corrected by an import of their own.")
    else:
        output.line(sentence)


def _parse_cell(text: str) -> tuple[str, str]:
    column, equals, value = text.partition("=")
    if not equals or not column:
        raise CommandFailure(f"--set {text} is not Column=value.", exit_code=USAGE)
    return column, value
