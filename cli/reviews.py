"""`ledgerport reviews …`: rows that wait for a person, over all imports."""

from typing import Annotated

import typer

from cli.failures import USAGE, CommandFailure
from cli.options import ImportId, Limit
from cli.row_commands import Rows
from cli.session import Session, add_command


def build_group() -> typer.Typer:
    group = typer.Typer(name="reviews", help="Rows that wait for a person.", no_args_is_help=True)
    add_command(group, "list")(list_reviews)
    add_command(group, "assign")(assign_rows)
    return group


def list_reviews(
    session: Session,
    *,
    import_id: Annotated[str | None, typer.Option("--import", help="Only of this import.")] = None,
    assignee: Annotated[str | None, typer.Option(help="Only this person's.")] = None,
    outcome: Annotated[str, typer.Option(help="held or parked.")] = "held",
    code: Annotated[str | None, typer.Option(help="Only rows that wait for this.")] = None,
    limit: Limit = 20,
) -> None:
    """The queue, the newest import first."""
    given = {"import_id": import_id, "assignee": assignee, "outcome": outcome, "code": code}
    asked = {name: value for name, value in given.items() if value is not None}
    found = list(session.api.iterate("/v1/reviews", asked, limit=limit, cursor="cursor"))
    if session.output.as_json:
        session.output.data(found)
        return
    if not found:
        session.output.line("Nothing needs attention.")
        return
    rows = [
        (
            item["import_id"],
            item["row"],
            item["code"],
            item["assignee"],
            f"{item['sentence']} {item['way_on']}",
        )
        for item in found
    ]
    columns = ("import", "row", "code", "assignee", "what and way on")
    session.output.table(columns, rows, numeric=("row",))


def assign_rows(
    session: Session,
    import_id: ImportId,
    rows: Rows,
    *,
    to: Annotated[str | None, typer.Option(help="The person.")] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="Take them back.")] = False,
    note: Annotated[str | None, typer.Option(help="For the person.")] = None,
) -> None:
    """Give rows that wait to a person."""
    if (to is None) != nobody:
        raise CommandFailure("Say either --to PERSON or --nobody.", exit_code=USAGE)
    body = {"rows": rows, "assignee": to, "note": note}
    session.api.send("POST", f"/v1/imports/{import_id}/assign", json=body)
    if session.output.as_json:
        session.output.data({"import_id": import_id, **body})
        return
    session.output.line(f"{len(rows)} row(s) are {to or 'nobody'}'s")
