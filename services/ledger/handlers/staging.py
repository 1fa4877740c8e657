"""Verdicts of the bulk lane are staged: one transaction per batch, harmless when repeated."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from services.chassis.crash_points import reach
from services.chassis.database import Connection, in_transaction
from services.ledger.domain.judged import StagedRows
from services.ledger.repository import imports

CLOSED_STATES = ("completing", "completed", "cancelled", "reverting", "reverted")


class JudgedRow(NamedTuple):
    """One decoded verdict, the revision of which import it belongs to, and by whose rules."""

    import_id: UUID
    revision: int
    judged: list[Any]
    validator: str | None = None


async def stage_batch(pool: asyncpg.Pool, batch: Sequence[JudgedRow]) -> None:
    """Stage what is new. Rows of an import that takes no more are dropped: they change nothing."""

    async def work(connection: Connection) -> None:
        rows = StagedRows()
        for (import_id, revision), (judged, validators) in _by_revision(batch).items():
            import_no = await _open_for_rows(connection, import_id, revision)
            if import_no is not None:
                rows.add(judged, import_no=import_no, revision=revision)
                for validator in sorted(validators):
                    await imports.note_validator(connection, import_no, revision, validator)
        if rows.lines:
            await imports.stage_rows(connection, rows)
        reach("ledger.before_commit")

    await in_transaction(pool, work)


def _by_revision(
    batch: Sequence[JudgedRow],
) -> dict[tuple[UUID, int], tuple[list[list[Any]], set[str]]]:
    grouped: dict[tuple[UUID, int], tuple[list[list[Any]], set[str]]] = {}
    for import_id, revision, judged, validator in batch:
        rows, validators = grouped.setdefault((import_id, revision), ([], set()))
        rows.append(judged)
        if validator is not None:
            validators.add(validator)
    return dict(sorted(grouped.items(), key=lambda item: (str(item[0][0]), item[0][1])))


async def _open_for_rows(connection: Connection, import_id: UUID, revision: int) -> int | None:
    found = await imports.ensure_import(connection, import_id)
    if found.state in CLOSED_STATES:
        return None
    await imports.ensure_revision(connection, found.import_no, revision)
    return found.import_no
