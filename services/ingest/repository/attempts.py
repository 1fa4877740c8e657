"""Corrections of rows before completion, by revision and attempt."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from services.chassis.database import Connection
from services.ingest.repository import QUERIES


class Attempt(NamedTuple):
    """A row's newest correction; `cells` are all that were set anew so far, by column."""

    row: int
    revision: int
    attempt: int
    cells: dict[str, str]


async def last_attempts(
    connection: Connection, import_id: UUID, rows: Sequence[int]
) -> dict[int, Attempt]:
    """Of the rows that have any."""
    found = await connection.fetch(QUERIES["last_attempts"], import_id, rows)
    return {row["row"]: Attempt(*row) for row in found}


async def list_attempts(
    connection: Connection, import_id: UUID, after: int, limit: int
) -> list[Attempt]:
    found = await connection.fetch(QUERIES["list_attempts"], import_id, after, limit)
    return [Attempt(*row) for row in found]


async def add_attempts(
    connection: Connection, import_id: UUID, attempts: Sequence[Attempt], actor: str
) -> None:
    """All of one revision; those that are there already stay."""
    cells: list[Any] = [item.cells for item in attempts]
    await connection.execute(
        QUERIES["add_attempts"],
        import_id,
        attempts[0].revision,
        [item.row for item in attempts],
        [item.attempt for item in attempts],
        cells,
        actor,
    )
