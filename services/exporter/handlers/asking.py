"""An export is asked for, by HTTP or by an event; it is checked at once and rendered later."""

from uuid import UUID

from pydantic import ValidationError

from contracts.api.exports import ExportQuery
from contracts.events.exports import ExportFailed
from services.chassis import outbox
from services.chassis.clock import utc_now, uuid7
from services.chassis.database import Connection
from services.chassis.problems import Problem
from services.exporter.domain.announcements import announce_failure
from services.exporter.domain.exports import ExportRecord
from services.exporter.domain.files import name_file
from services.exporter.domain.queries import select
from services.exporter.repository import exports


async def ask(
    connection: Connection, query: ExportQuery, *, actor: str, asked_by_event: str | None = None
) -> ExportRecord | None:
    """Take the request inside the caller's transaction; raises Problem 422.

    None when this event has asked before.
    """
    select(query)
    export_id = uuid7()
    record = await exports.add_export(
        connection,
        export_id=export_id,
        query=query.model_dump(mode="json"),
        actor=actor,
        file_name=name_file(query, export_id, utc_now()),
        asked_by_event=asked_by_event,
    )
    return record


async def ask_by_event(
    connection: Connection, content: dict[str, object], *, source: str, event_id: str
) -> None:
    """The same from a topic: what cannot be run is answered on `exports-failed`."""
    asked_by = f"{source}/{event_id}"
    try:
        query = ExportQuery.model_validate(content)
        await ask(connection, query, actor=source, asked_by_event=asked_by)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, item["loc"])) for item in error.errors()[:10])
        await _refuse(connection, asked_by, "invalid_query", f"The query does not fit: {fields}.")
    except Problem as problem:
        sentence = " ".join([problem.detail, *(item.sentence for item in problem.errors)])
        await _refuse(connection, asked_by, problem.code, sentence)


async def _refuse(connection: Connection, asked_by: str, code: str, sentence: str) -> None:
    event = ExportFailed(
        export_id=None,
        code=code,
        sentence=sentence[:1000],
        way_on="Correct the query and ask again with a new event id.",
    )
    await outbox.put(connection, [announce_failure(event, asked_by, utc_now())])


def parse_id(text: str) -> UUID:
    """An export's id; anything that cannot be one is simply not found."""
    try:
        return UUID(text)
    except ValueError:
        raise Problem(404, "not_found", "There is no such export.") from None
