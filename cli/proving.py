"""`ledgerport prove`: the command around the independent check of `prove/`."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from cli.failures import FAILURE, NOT_FOUND, OK, USAGE, CommandFailure
from cli.session import Session, add_command
from prove.access import Access, ProofImpossible, UnknownImport
from prove.amounts import in_major_units
from prove.days import prove_day
from prove.proof import prove as prove_one
from prove.report import DayReport, Report


@dataclass(frozen=True, slots=True)
class ProofRequest:
    """Either of the two."""

    identifier: Annotated[
        str | None, typer.Argument(metavar="[IMPORT]", help="The id of an import or a feed.")
    ] = None
    day: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="All that was completed or reverted on this UTC day, and its feeds.",
        ),
    ] = None


def add_to(app: typer.Typer) -> None:
    add_command(app, "prove")(prove)


def prove(session: Session, request: ProofRequest) -> int:
    """Recompute both equations from outside; 0 if they hold."""
    if (request.identifier is None) == (request.day is None):
        raise CommandFailure(
            "Say what to prove: the id of an import or a feed, or --day.", exit_code=USAGE
        )
    try:
        if request.day is not None:
            return asyncio.run(_prove_day(session, request.day))
        report = asyncio.run(prove_one(_access_of(session), request.identifier or ""))
    except UnknownImport as error:
        raise CommandFailure(str(error), exit_code=NOT_FOUND) from None
    except ProofImpossible as error:
        raise CommandFailure(error.sentence, error.way_on, exit_code=FAILURE) from None
    _show(session, report)
    return OK if report.holds else FAILURE


def _access_of(session: Session) -> Access:
    connection = session.connection
    return Access(
        url=connection.url,
        api_key=connection.api_key,
        postgres_dsn=connection.postgres_dsn,
        kafka_bootstrap=connection.kafka_bootstrap,
    )


async def _prove_day(session: Session, day: datetime) -> int:
    """One line per import or feed, as it is proven, and the total."""
    whole = DayReport(day.date().isoformat())
    async for whole, report in prove_day(_access_of(session), day.date()):
        if not session.output.as_json:
            _show_line(session, whole, report)
    if session.output.as_json:
        session.output.data(whole.as_json())
    else:
        _show_total(session, whole)
    return OK if whole.holds else FAILURE


def _show_line(session: Session, whole: DayReport, report: Report | None) -> None:
    output = session.output
    if report is not None:
        state, sums = "holds" if report.holds else "BROKEN", _sums(report.posted)
        output.line(
            f"{report.kind} {report.import_id}: {state}, {report.rows:,} rows, posted {sums}",
            "" if report.holds else "bold red",
        )
        if not report.holds:
            output.line(f"  {report.first_break}", "red")
    elif whole.impossible:
        identifier, sentence = list(whole.impossible.items())[-1]
        output.line(f"{identifier}: NOT PROVEN, {sentence}", "bold red")


def _show_total(session: Session, whole: DayReport) -> None:
    output = session.output
    output.line(f"{whole.day}: {whole.rows:,} rows, posted {_sums(whole.posted)}", "bold")
    for report in whole.reports:
        for sentence in report.remarks:
            output.note(f"{report.import_id}: {sentence}")
    output.line(whole.verdict, "bold green" if whole.holds else "bold red")


def _sums(posted: dict[str, int]) -> str:
    return " and ".join(in_major_units(minor, name) for name, minor in posted.items()) or "nothing"


def _show(session: Session, report: Report) -> None:
    output = session.output
    if output.as_json:
        output.data(report.as_json())
        return
    output.line(f"{report.kind} {report.import_id}: {report.state}", "bold")
    rows = [
        (item.name, "holds" if item.holds else "BROKEN", item.expected, item.found, item.where)
        for item in report.checks
    ]
    output.table(("check", "result", "expected", "found", "where"), rows)
    for sentence in report.remarks:
        output.note(sentence)
    output.line(report.verdict, "bold green" if report.holds else "bold red")
