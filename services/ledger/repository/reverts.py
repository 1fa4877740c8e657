"""Undoing an import by compensation: what became of each row, and the counter-postings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from services.chassis.database import Connection
from services.ledger.books import Book
from services.ledger.statements import Statements, execute, fetch, fetch_value

QUERIES = Statements(Path(__file__).with_name("reverts.sql"))


class RevertRange(NamedTuple):
    """Rows of one import that are undone in one transaction, under one chunk."""

    import_no: int
    first_row: int
    last_row: int
    chunk_no: int


async def lock_feed(connection: Connection, import_no: int) -> None:
    await execute(connection, QUERIES["lock_feed"], {"import_no": import_no})


async def begin_revert(connection: Connection, import_no: int, plan_no: int, actor: str) -> None:
    """Nothing that waits is booked from here on."""
    values = {"import_no": import_no, "plan_no": plan_no, "actor": actor}
    await execute(connection, QUERIES["begin_revert"], values)
    await execute(connection, QUERIES["withdraw_waiting"], values)


async def find_reverting(connection: Connection) -> list[int]:
    return [row["import_no"] for row in await fetch(connection, QUERIES["find_reverting"], {})]


async def undo_range(connection: Connection, book: Book, part: RevertRange) -> None:
    """Decide each row, withdraw or restore its record, and reverse its money."""
    values = part._asdict()
    for name in ("lock", "decide", "remember", "withdraw", "restore"):
        if name in book.revert:
            await execute(connection, book.revert[name], values)
    for name in ("lock_balances", "post", "move_balances", "free_corrections"):
        await execute(connection, QUERIES[name], values)


async def sum_up(connection: Connection, import_id: UUID) -> dict[str, Any]:
    """Counts, amounts and reasons, as contracts/views.py says."""
    return await fetch_value(connection, QUERIES["sum_up"], {"import_id": import_id})


async def greatest_watermark(connection: Connection, plan_no: int) -> int:
    return await fetch_value(connection, QUERIES["greatest_watermark"], {"plan_no": plan_no})


async def end_revert(
    connection: Connection,
    import_no: int,
    *,
    outcome: Mapping[str, Any],
    summary: Mapping[str, Any],
) -> None:
    values = {"import_no": import_no, "outcome": dict(outcome), "summary": dict(summary)}
    await execute(connection, QUERIES["end_revert"], values)
