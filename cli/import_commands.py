"""`ledgerport imports …`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cli import row_commands
from cli.api import Json
from cli.downloads import save
from cli.failures import CONFLICT, FAILURE, OK, CommandFailure
from cli.import_creation import (
    RESTING_STATES,
    ImportRequest,
    build_config,
    read_json_object,
    upload,
)
from cli.import_summary import exit_code_of, show_import
from cli.options import ImportId, Limit, Target, Watch
from cli.session import Session, add_command
from cli.watching import watch_import
from contracts.api.imports import FINAL_STATES


def build_group() -> typer.Typer:
    group = typer.Typer(name="imports", help="Files into the books.", no_args_is_help=True)
    add_command(group, "create")(create_import)
    add_command(group, "list")(list_imports)
    add_command(group, "show")(show_one)
    add_command(group, "rows")(list_rows)
    add_command(group, "mapping")(show_mapping)
    add_command(group, "complete")(complete_import)
    add_command(group, "cancel")(cancel_import)
    add_command(group, "errors")(save_errors)
    add_command(group, "source")(save_source)
    row_commands.add_to(group)
    return group


def create_import(
    session: Session,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV, JSON or NDJSON; also as .gz or .zip.")
    ],
    request: ImportRequest,
) -> int:
    """Upload a file. Nothing is booked before the import is completed."""
    view = upload(session, file, build_config(request))
    if not request.watch:
        show_import(session.output, view)
        return OK
    until = (*FINAL_STATES, "mapping") if request.complete else RESTING_STATES
    view = watch_import(session.api, session.output, view["id"], until=until, title=file.name)
    show_import(session.output, view)
    if view["state"] == "mapping":
        session.output.note("A required field has no column: the import waits for its mapping.")
        return FAILURE
    return exit_code_of(view)


def list_imports(
    session: Session,
    state: Annotated[str | None, typer.Option(help="Only those in this state.")] = None,
    limit: Limit = 20,
) -> None:
    """The latest imports."""
    asked = {"state": state} if state else {}
    found = list(session.api.iterate("/v1/imports", asked, limit=limit))
    if session.output.as_json:
        session.output.data(found)
        return
    rows = [
        (
            item["id"],
            item["state"],
            item["record_type"],
            f"{item['counts'].get('rows', 0):,}",
            f"{item['counts'].get('rejected', 0):,}",
            item["created_at"],
            item["file"]["name"],
        )
        for item in found
    ]
    session.output.table(
        ("id", "state", "type", "rows", "rejected", "created", "file"),
        rows,
        numeric=("rows", "rejected"),
    )


def show_one(session: Session, import_id: ImportId, watch: Watch = False) -> int:
    """State, counts, amounts, findings and next steps of one import."""
    if watch:
        view = watch_import(
            session.api, session.output, import_id, until=RESTING_STATES, title="import"
        )
    else:
        view = session.api.get(f"/v1/imports/{import_id}")
    show_import(session.output, view)
    return exit_code_of(view)


def list_rows(
    session: Session,
    import_id: ImportId,
    *,
    outcome: Annotated[
        str | None,
        typer.Option(help="created, updated, unchanged, skipped, rejected, held, parked."),
    ] = None,
    finding: Annotated[str | None, typer.Option(help="Only rows with this code.")] = None,
    starting_after: Annotated[int | None, typer.Option(help="A row number.")] = None,
    limit: Limit = 20,
) -> None:
    """Rows: as they stood, how they were judged, what is planned and what happened."""
    given = {"outcome": outcome, "finding": finding, "starting_after": starting_after}
    asked = {name: value for name, value in given.items() if value is not None}
    found = list(
        session.api.iterate(f"/v1/imports/{import_id}/rows", asked, limit=limit, cursor="row")
    )
    if session.output.as_json:
        session.output.data(found)
        return
    rows = [
        (
            item["row"],
            item["outcome"] or item["plan"],
            ", ".join(_remarks(item)),
            " | ".join(item["raw"].values()),
        )
        for item in found
    ]
    session.output.table(("row", "outcome", "findings", "cells"), rows, numeric=("row",))


def show_mapping(
    session: Session,
    import_id: ImportId,
    change: Annotated[
        Path | None,
        typer.Option("--set", help='JSON file {"column": "field" or null}: read again with it.'),
    ] = None,
) -> None:
    """Columns with samples and suggestions; with --set, a new mapping and a new revision."""
    path = f"/v1/imports/{import_id}/mapping"
    if change is not None:
        body = {"mapping": read_json_object(change)}
        view: Json = session.api.send("PUT", path, json=body).json()
    else:
        view = session.api.get(path)
    if session.output.as_json:
        session.output.data(view)
        return
    rows = [
        (
            item["column"],
            item["field"],
            item["suggestion"],
            f"{item['confidence']:.0%}",
            " · ".join(item["samples"]),
        )
        for item in view["columns"]
    ]
    session.output.table(("column", "field", "suggested", "confidence", "samples"), rows)
    if view["missing"]:
        session.output.line(f"required, without a column: {', '.join(view['missing'])}", "red")


def complete_import(
    session: Session,
    import_id: ImportId,
    plan: Annotated[
        str | None, typer.Option(help="The plan that was reviewed; else the current one.")
    ] = None,
    watch: Watch = False,
) -> int:
    """Book what was reviewed."""
    api, output = session.api, session.output
    view = api.get(f"/v1/imports/{import_id}")
    if view["state"] == "ready" and plan is None:
        counts = view["counts"]
        booked = counts.get("created", 0) + counts.get("updated", 0)
        session.confirm(f"Book {booked:,} of {counts.get('rows', 0):,} rows?")
    if plan is None and view["plan"] is None:
        raise CommandFailure(
            f"The import is {view['state']} and has no plan yet.",
            f"`ledgerport imports show {import_id} --watch` waits for it.",
            exit_code=CONFLICT,
        )
    view = api.post(f"/v1/imports/{import_id}/complete", {"plan": plan or view["plan"]["id"]})
    if not watch:
        show_import(output, view)
        return exit_code_of(view)
    until = (*FINAL_STATES, "ready") if view["state"] != "ready" else FINAL_STATES
    view = watch_import(api, output, import_id, until=until, title="import")
    show_import(output, view)
    if view["state"] == "ready":
        output.note("The plan was overtaken: review the new one and complete it.")
        return CONFLICT
    return exit_code_of(view)


def cancel_import(session: Session, import_id: ImportId) -> None:
    """Leave the books as they are and end the import."""
    session.confirm(f"Cancel import {import_id}?")
    show_import(session.output, session.api.post(f"/v1/imports/{import_id}/cancel"))


def save_errors(session: Session, import_id: ImportId, target: Target = None) -> None:
    """The rejected rows as CSV: correct the cells and upload the file again."""
    save(session, f"/v1/imports/{import_id}/errors.csv", target)


def save_source(session: Session, import_id: ImportId, target: Target = None) -> None:
    """The file as it was received, byte for byte."""
    save(session, f"/v1/imports/{import_id}/source", target)


def _remarks(item: Json) -> list[str]:
    remarks: list[Any] = [*item["violations"], *item["warnings"]]
    words = [f"{remark['field'] or 'row'}: {remark['code']}" for remark in remarks]
    return [*words, item["reason"]] if item["reason"] else words
