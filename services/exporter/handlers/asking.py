"""An export is asked for, by HTTP or by an event; it is checked at once and rendered later."""

from typing import Any, NamedTuple

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
from services.exporter.domain.queries import refuse_dataset, select
from services.exporter.repository import books, exports

RETRY_SECONDS = 5


class Asked(NamedTuple):
    """A request of the topic: (`source`, `event_id`) asks once."""

    source: str
    event_id: str
    query: dict[str, Any]


async def ask(
    connection: Connection,
    query: ExportQuery,
    *,
    actor: str,
    source: str | None = None,
    event_id: str | None = None,
) -> ExportRecord | None:
    """Take the request inside the caller's transaction; raises Problem 422.

    None when this event has asked before.
    """
    selection = select(query)
    if not await books.has_view(connection, selection.source):
        raise refuse_dataset()
    export_id = uuid7()
    return await exports.add_export(
        connection,
        export_id=export_id,
        query=query.model_dump(mode="json"),
        actor=actor,
        file_name=name_file(query, export_id, utc_now()),
        source=source,
        event_id=event_id,
    )


async def check_room(connection: Connection, actor: str, limit: int) -> None:
    """Raises Problem 429 when the actor has enough exports under way; until the transaction ends
    nobody else asks in their name.
    """
    await exports.lock_actor(connection, actor)
    if await exports.count_open(connection, actor) >= limit:
        raise Problem(
            429,
            "too_many_exports",
            f"You have {limit} exports under way.",
            way_on="Wait until one is ready, or cancel one.",
            headers={"Retry-After": str(RETRY_SECONDS)},
        )


async def ask_by_event(connection: Connection, asked: Asked) -> None:
    """The same from a topic: what cannot be run is answered on `exports-failed`."""
    try:
        query = ExportQuery.model_validate(asked.query)
        await ask(
            connection,
            query,
            actor=asked.source,
            source=asked.source,
            event_id=asked.event_id,
        )
    except ValidationError as error:
        places = {".".join(str(part) for part in item["loc"])[:100] for item in error.errors()}
        sentence = f"The query does not fit its description: {', '.join(sorted(places)[:10])}."
        await _refuse(connection, asked, "invalid_query", sentence)
    except Problem as problem:
        sentence = " ".join([problem.detail, *(item.sentence for item in problem.errors)])
        code = problem.errors[0].code if problem.errors else problem.code
        await _refuse(connection, asked, code, sentence)


async def _refuse(connection: Connection, asked: Asked, code: str, sentence: str) -> None:
    event = ExportFailed(
        export_id=None,
        ce_source=asked.source,
        ce_id=asked.event_id,
        code=code,
        sentence=sentence[:1000],
        way_on="Correct the query and ask again with a new event id.",
    )
    await outbox.put(connection, [announce_failure(event, utc_now())])
