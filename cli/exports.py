"""`ledgerport exports …`: a query in, a file out."""

import hashlib
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.api import Json
from cli.downloads import save
from cli.failures import FAILURE, OK, USAGE, CommandFailure
from cli.options import Limit, Target
from cli.session import Session, add_command
from cli.watching import watch_export

FINISHED_STATES = ("ready", "failed", "cancelled", "expired")
ExportId = Annotated[str, typer.Argument(metavar="EXPORT", help="The export's id.")]


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """The options of `exports create` that make the query."""

    dataset: Annotated[str, typer.Option(help="accounts, transactions, …")]
    form: Annotated[str, typer.Option("--format", help="csv")] = "csv"
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", help="e.g. status=Active or 'balance\\[gte]=10000'; repeatable."),
    ] = None
    columns: Annotated[str | None, typer.Option(help="Comma-separated, in this order.")] = None
    sort: Annotated[
        str | None, typer.Option(help="Comma-separated; a leading minus turns it round.")
    ] = None
    layout: Annotated[str, typer.Option(help="report, or import: can be imported again.")] = (
        "report"
    )
    compression: Annotated[str, typer.Option(help="none or gzip.")] = "none"
    purpose: Annotated[str | None, typer.Option(help="Why it is exported; kept with it.")] = None


def build_group() -> typer.Typer:
    group = typer.Typer(name="exports", help="Files out of the books.", no_args_is_help=True)
    add_command(group, "create")(create_export)
    add_command(group, "list")(list_exports)
    add_command(group, "show")(show_export)
    add_command(group, "download")(download_export)
    return group


def build_query(request: ExportRequest) -> Json:
    """The body of the API call, without what is left to its defaults."""
    query: Json = {
        "dataset": request.dataset,
        "format": request.form,
        "layout": request.layout,
        "compression": request.compression,
    }
    if request.filters:
        query["filter"] = dict(_split_filter(item) for item in request.filters)
    if request.columns:
        query["columns"] = [name.strip() for name in request.columns.split(",")]
    if request.sort:
        query["sort"] = [name.strip() for name in request.sort.split(",")]
    if request.purpose:
        query["purpose"] = request.purpose
    return query


def create_export(
    session: Session,
    request: ExportRequest,
    target: Annotated[
        Path | None, typer.Option("--output", "-o", help="Wait, and write the file here.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Wait, with progress.")] = False,
) -> int:
    """Ask for an export."""
    view: Json = session.api.send(
        "POST",
        "/v1/exports",
        json=build_query(request),
        headers={"Idempotency-Key": str(uuid.uuid4())},
    ).json()
    if watch or target is not None:
        view = watch_export(session.api, session.output, view["id"], until=FINISHED_STATES)
    if view["state"] == "ready" and target is not None:
        _download(session, view, target)
    _show(session, view)
    return FAILURE if view["state"] in ("failed", "cancelled", "expired") else OK


def list_exports(session: Session, limit: Limit = 20) -> None:
    """The latest exports."""
    found = list(session.api.iterate("/v1/exports", limit=limit))
    if session.output.as_json:
        session.output.data(found)
        return
    rows = [
        (
            item["id"],
            item["state"],
            item["query"].get("dataset"),
            _number(item["rows"]),
            _number(item["bytes"]),
            item["created_at"],
            item["file_name"],
        )
        for item in found
    ]
    session.output.table(
        ("id", "state", "dataset", "rows", "bytes", "created", "file"),
        rows,
        numeric=("rows", "bytes"),
    )


def show_export(session: Session, export_id: ExportId) -> None:
    """State, size, hash and expiry of one export."""
    _show(session, session.api.get(f"/v1/exports/{export_id}"))


def download_export(session: Session, export_id: ExportId, target: Target = None) -> None:
    """The file; its SHA-256 is checked when it is written to --output."""
    view = session.api.get(f"/v1/exports/{export_id}")
    _download(session, view, target)


def _download(session: Session, view: Json, target: Path | None) -> None:
    save(session, f"/v1/exports/{view['id']}/file", target)
    if target is None or view["sha256"] is None:
        return
    with target.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != view["sha256"]:
        raise CommandFailure(
            f"{target} is not the file that was exported: its SHA-256 is {found}, "
            f"not {view['sha256']}.",
            "Download it again.",
        )


def _show(session: Session, view: Json) -> None:
    if session.output.as_json:
        session.output.data(view)
        return
    output = session.output
    output.line(f"export {view['id']}: {view['state']}", "bold")
    output.facts(
        [
            ("dataset", view["query"].get("dataset")),
            ("file", view["file_name"]),
            ("rows", _number(view["rows"])),
            ("bytes", _number(view["bytes"])),
            ("sha256", view["sha256"]),
            ("watermark", view["watermark"]),
            ("expires", view["expires_at"]),
        ]
    )
    if view["failure"]:
        output.line(f"{view['failure']['sentence']} {view['failure']['way_on']}", "red")


def _split_filter(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise CommandFailure(f"--filter {text} is not key=value.", exit_code=USAGE)
    if name.endswith("[in]"):
        return name, [item.strip() for item in value.split(",")]
    return name, value


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"
