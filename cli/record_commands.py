"""`ledgerport records …`: single records onto the public topic, and what became of them.

History and lineage of records in the books are in `record_history`.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cli import record_history
from cli.failures import COMPLETED_WITH_REJECTS, FAILURE, OK
from cli.session import Session, add_command
from cli.settlements import Identity, Json, collect_settlements, open_topic_reader
from cli.submissions import Submission, open_producer, read_submissions, send_all
from contracts.topics import RECORDS_SETTLED

DEFAULT_SOURCE = "/ledgerport/cli"
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class SubmissionRequest:
    """The options of `records submit`."""

    record_type: Annotated[
        str | None, typer.Option("--type", help="Record type of lines that do not say it.")
    ] = None
    source: Annotated[str, typer.Option(help="`ce_source`: who sends.")] = DEFAULT_SOURCE
    wait: Annotated[bool, typer.Option("--wait", help="Wait for every record's outcome.")] = False
    timeout: Annotated[float, typer.Option(help="Wait at most so many seconds.")] = 60.0


def build_group() -> typer.Typer:
    group = typer.Typer(name="records", help="Single records.", no_args_is_help=True)
    add_command(group, "submit")(submit_records)
    record_history.add_to(group)
    return group


def submit_records(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="One JSON object per line.")],
    request: SubmissionRequest,
) -> int:
    """Publish the records of a file to `records-submitted`, each exactly once in effect."""
    submissions = read_submissions(file, record_type=request.record_type, source=request.source)
    bootstrap = session.connection.need_kafka()
    if not request.wait:
        sent = asyncio.run(_submit(bootstrap, submissions))
        _say_sent(session, submissions, sent)
        return OK
    answers = asyncio.run(_submit_and_wait(bootstrap, submissions, request.timeout))
    return _show_answers(session, submissions, answers)


async def _submit(bootstrap: str, submissions: list[Submission]) -> int:
    async with open_producer(bootstrap) as producer:
        return await send_all(producer, submissions)


async def _submit_and_wait(
    bootstrap: str, submissions: list[Submission], timeout_seconds: float
) -> dict[Identity, Json]:
    async with (
        open_producer(bootstrap) as producer,
        open_topic_reader(bootstrap, RECORDS_SETTLED.name) as consumer,
    ):
        await send_all(producer, submissions)
        wanted = {item.identity for item in submissions}
        return await collect_settlements(consumer, wanted, timeout_seconds=timeout_seconds)


def _say_sent(session: Session, submissions: list[Submission], sent: int) -> None:
    if session.output.as_json:
        events = [{"ce_source": item.source, "ce_id": item.event_id} for item in submissions]
        session.output.data({"sent": sent, "events": events})
    else:
        session.output.line(f"{sent:,} records sent and acknowledged")


def _show_answers(
    session: Session, submissions: list[Submission], answers: dict[Identity, Json]
) -> int:
    unanswered = [item for item in submissions if item.identity not in answers]
    rejected = [answer for answer in answers.values() if answer["outcome"] == "rejected"]
    if session.output.as_json:
        events = [{"ce_source": item.source, "ce_id": item.event_id} for item in unanswered]
        session.output.data({"settled": list(answers.values()), "unanswered": events})
    else:
        _print_answers(session, answers, len(unanswered))
    if unanswered:
        return FAILURE
    return COMPLETED_WITH_REJECTS if rejected else OK


def _print_answers(session: Session, answers: dict[Identity, Json], unanswered: int) -> None:
    output = session.output
    counts = Counter(str(answer["outcome"]) for answer in answers.values())
    rows = [(outcome, f"{number:,}") for outcome, number in sorted(counts.items())]
    if unanswered:
        rows.append(("no answer yet", f"{unanswered:,}"))
    output.table(("outcome", "records"), rows, numeric=("records",))
    found = [
        (answer["reference"], finding["code"], finding["field"], finding["sentence"])
        for answer in answers.values()
        for finding in answer["findings"]
    ]
    if found:
        output.line()
        output.table(("reference", "code", "field", "what"), found[:_SHOWN])
    if len(found) > _SHOWN:
        output.line(f"… and {len(found) - _SHOWN} more; see --json")
    if unanswered:
        output.note(
            "Some records are not settled yet: `ledgerport feeds list` shows what has come."
        )
