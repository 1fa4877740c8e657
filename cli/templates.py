"""`ledgerport templates …`: the columns of each record type, as a file to fill in."""

from pathlib import Path
from typing import Annotated

import typer

from cli.downloads import save
from cli.session import Session, add_command


def build_group() -> typer.Typer:
    group = typer.Typer(name="templates", help="Files to fill in.", no_args_is_help=True)
    add_command(group, "get")(get_template)
    return group


def get_template(
    session: Session,
    record_type: Annotated[str, typer.Argument(metavar="TYPE", help="accounts, transactions, …")],
    target: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; else standard output.")
    ] = None,
) -> None:
    """The CSV template of a record type, with a sample row."""
    save(session, f"/v1/templates/{record_type}.csv", target)
