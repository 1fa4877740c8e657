"""A person's word on rows that wait: look again, or reject them. What is written stays here."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.api.decisions import Assignment
from contracts.api.imports import RowView
from contracts.events.import_lifecycle import RowsDismissed, RowsReleased
from services.chassis.database import Connection, in_transaction
from services.ingest.domain.configuration import find_record_type
from services.ingest.domain.decisions import Decision, choose_rows, demand_completed
from services.ingest.domain.presentation import present_row
from services.ingest.domain.problems import ImportMissing
from services.ingest.handlers.announcing import announce
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.finding import find_import
from services.ingest.handlers.listing import view_rows
from services.ingest.repository import decisions


@dataclass(frozen=True, slots=True)
class Word:
    """What a person says of rows; a dismissal has a reason."""

    decision: Decision
    actor: str
    reason: str | None = None


async def decide_rows(
    facilities: Facilities, import_id: UUID, rows: Sequence[int], word: Word
) -> list[RowView]:
    """The rows as they are until the ledger has heard of it; all of them are decided, or none.

    Raises ImportMissing, RowMissing, and StepRefused where a row does not wait.
    """

    async def work(connection: Connection) -> str | None:
        feed_type = await _demand_decidable(connection, import_id)
        chosen = choose_rows(
            rows,
            word.decision,
            known=await decisions.find_known(connection, import_id, rows),
            waiting=await decisions.find_waiting(connection, import_id, rows),
            last=await decisions.last_decisions(connection, import_id, rows),
        )
        if chosen:
            await _say(connection, import_id, chosen, word)
        return feed_type

    feed_type = await in_transaction(facilities.pool, work)
    if feed_type is None:
        return await view_rows(facilities, import_id, rows)
    async with facilities.pool.acquire() as connection:
        found = await decisions.find_rows(connection, import_id, rows)
    return [present_row(row, {}, find_record_type(feed_type)) for row in found]


async def assign_rows(
    facilities: Facilities,
    import_id: UUID,
    asked: Assignment,
    actor: str,
) -> None:
    """Only rows that wait can be somebody's. Raises as `decide_rows`."""

    async def work(connection: Connection) -> None:
        await _demand_decidable(connection, import_id)
        choose_rows(
            asked.rows,
            "release",
            known=await decisions.find_known(connection, import_id, asked.rows),
            waiting=await decisions.find_waiting(connection, import_id, asked.rows),
            last={},
        )
        await decisions.assign_rows(
            connection,
            import_id,
            sorted(set(asked.rows)),
            assignee=asked.assignee,
            note=asked.note,
            actor=actor,
        )

    await in_transaction(facilities.pool, work)


async def _demand_decidable(connection: Connection, import_id: UUID) -> str | None:
    """The record type of a feed, whose rows may be decided any day; an upload's once booked."""
    try:
        found = await find_import(connection, import_id, lock=True)
    except ImportMissing:
        feed_type = await decisions.find_feed_type(connection, import_id)
        if feed_type is None:
            raise
        return feed_type
    demand_completed(found, "decided row by row")
    return None


async def _say(connection: Connection, import_id: UUID, rows: Sequence[int], word: Word) -> None:
    await decisions.add_decisions(
        connection,
        import_id,
        rows,
        decision=word.decision,
        reason=word.reason,
        actor=word.actor,
    )
    step = RowsReleased if word.decision == "release" else RowsDismissed
    await announce(connection, step(import_id=import_id, rows=list(rows), actor=word.actor))
