"""`ledgerport doctor`: looks at each part in turn, and explains what is wrong and the way on."""

import asyncio
from collections.abc import Iterator

import typer

from cli.broker_checks import check_broker
from cli.doctor_checks import (
    Diagnosis,
    check_api,
    check_connection,
    check_imports,
    check_key,
    check_processes,
)
from cli.failures import FAILURE, OK
from cli.session import Session, add_command


def add_to(app: typer.Typer) -> None:
    add_command(app, "doctor")(examine)


def examine(session: Session) -> int:
    """Check connection, API, key, broker, topics, lag, dead letters and waiting imports."""
    diagnoses = list(_diagnose(session))
    if session.output.as_json:
        session.output.data([item._asdict() for item in diagnoses])
    else:
        for item in diagnoses:
            _show(session, item)
    return FAILURE if any(item.standing == "broken" for item in diagnoses) else OK


def _diagnose(session: Session) -> Iterator[Diagnosis]:
    found = check_connection(session)
    yield found
    if found.standing == "broken":
        return
    connection = session.connection
    yield from check_processes(connection)
    answers = list(check_api(session.api))
    yield from answers
    if all(item.standing != "broken" for item in answers):
        yield from check_key(session.api)
        yield from check_imports(session.api)
    if connection.kafka_bootstrap is None:
        yield Diagnosis("broker", "unseen", "The connection does not say where the broker is.")
    else:
        yield from asyncio.run(check_broker(connection.kafka_bootstrap))


def _show(session: Session, item: Diagnosis) -> None:
    mark, style = {
        "sound": ("ok  ", "green"),
        "suspect": ("look", "yellow"),
        "broken": ("FAIL", "bold red"),
        "unseen": ("-   ", "dim"),
    }[item.standing]
    session.output.line(f"{mark}  {item.part}: {item.sentence}", style)
    if item.way_on and item.standing != "sound":
        session.output.line(f"      {item.way_on}")
