"""`ledgerport prove`: the command around the independent check of `prove/`."""

import asyncio
from typing import Annotated

import typer

from cli.failures import FAILURE, NOT_FOUND, OK, CommandFailure
from cli.session import Session, add_command
from prove.access import Access
from prove.proof import ProofImpossible, UnknownImport, prove_import
from prove.report import Report


def add_to(app: typer.Typer) -> None:
    add_command(app, "prove")(prove)


def prove(
    session: Session, import_id: Annotated[str, typer.Argument(metavar="IMPORT", help="Its id.")]
) -> int:
    """Recompute both equations from outside; 0 if they hold."""
    connection = session.connection
    access = Access(
        url=connection.url,
        api_key=connection.api_key,
        postgres_dsn=connection.postgres_dsn,
        kafka_bootstrap=connection.kafka_bootstrap,
    )
    try:
        report = asyncio.run(prove_import(access, import_id))
    except UnknownImport as error:
        raise CommandFailure(str(error), exit_code=NOT_FOUND) from None
    except ProofImpossible as error:
        raise CommandFailure(error.sentence, error.way_on, exit_code=FAILURE) from None
    _show(session, report)
    return OK if report.holds else FAILURE


def _show(session: Session, report: Report) -> None:
    output = session.output
    if output.as_json:
        output.data(report.as_json())
        return
    output.line(f"import {report.import_id}: {report.state}", "bold")
    rows = [
        (item.name, "holds" if item.holds else "BROKEN", item.expected, item.found, item.where)
        for item in report.checks
    ]
    output.table(("check", "result", "expected", "found", "where"), rows)
    for sentence in report.remarks:
        output.note(sentence)
    output.line(report.verdict, "bold green" if report.holds else "bold red")
