"""Rows that wait for a record or for a person."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import asyncpg

from services.chassis.database import Connection
from services.ledger.statements import Statements, execute, fetch

QUERIES = Statements(Path(__file__).with_name("waiting.sql"))


class WaitingRow(NamedTuple):
    row: int
    action: str
    reason: str | None


async def find_waiting(
    connection: Connection, import_no: int, plan_no: int, rows: Sequence[int]
) -> list[WaitingRow]:
    """Those of `rows` that wait, in no order."""
    values = {"import_no": import_no, "plan_no": plan_no, "rows": list(rows)}
    return [WaitingRow(*row) for row in await fetch(connection, QUERIES["find_waiting"], values)]


class Decision(NamedTuple):
    """What becomes of waiting rows, and by whose word."""

    action: str
    reason: str
    actor: str | None = None


async def decide(
    connection: Connection, import_no: int, rows: Sequence[int], decision: Decision
) -> None:
    values = {"import_no": import_no, "rows": list(rows), **decision._asdict()}
    await execute(connection, QUERIES["decide"], values)


async def find_overdue(connection: Connection, seconds: float) -> dict[int, list[int]]:
    """Rows that have been parked for longer than that, by the number of their import."""
    overdue: dict[int, list[int]] = {}
    for row in await fetch(connection, QUERIES["find_overdue"], {"seconds": seconds}):
        overdue.setdefault(row["import_no"], []).append(row["row"])
    return overdue


async def list_submissions(
    connection: Connection, import_no: int, rows: Sequence[int]
) -> list[asyncpg.Record]:
    values = {"import_no": import_no, "rows": list(rows)}
    return await fetch(connection, QUERIES["list_submissions"], values)
