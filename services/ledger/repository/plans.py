"""Plans, their sums, and the chunks in which they are applied."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.chassis.database import Connection
from services.ledger.domain.ranges import Range
from services.ledger.domain.summary import ActionSum, Counted
from services.ledger.repository.imports import QUERIES
from services.ledger.statements import Statement, execute, fetch, fetch_row, fetch_value


class Plan(NamedTuple):
    plan_no: int
    plan_id: UUID
    import_no: int
    revision: int
    config_version: int
    default_currency: str
    rows: int
    first_row: int
    last_row: int
    last_phase: int
    counts: dict[str, int]
    amounts: dict[str, dict[str, int]]
    control: dict[str, Any] | None


class Chunk(NamedTuple):
    """An applied range, with what its events need."""

    chunk_no: int
    plan_no: int
    phase: int
    first_row: int
    last_row: int
    watermark: int
    import_no: int
    import_id: UUID
    record_type: str
    kind: str
    revision: int
    applied_at: datetime


async def create_plan(connection: Connection, values: Mapping[str, Any]) -> int:
    return await fetch_value(connection, QUERIES["create_plan"], values)


async def find_plan(connection: Connection, plan_no: int) -> Plan:
    found = await fetch_row(connection, QUERIES["find_plan"], {"plan_no": plan_no})
    assert found is not None
    return Plan(*found)


async def describe_plan(connection: Connection, values: Mapping[str, Any]) -> None:
    await execute(connection, QUERIES["describe_plan"], values)


async def summarise_plan(connection: Connection, plan_no: int) -> list[ActionSum]:
    rows = await fetch(connection, QUERIES["summarise_plan"], {"plan_no": plan_no})
    return [ActionSum(*row) for row in rows]


async def summarise_import(connection: Connection, import_no: int, plan_no: int) -> list[ActionSum]:
    values = {"import_no": import_no, "plan_no": plan_no}
    rows = await fetch(connection, QUERIES["summarise_import"], values)
    return [ActionSum(*row) for row in rows]


async def count_findings(
    connection: Connection, plan: Mapping[str, Any]
) -> tuple[list[Counted], int]:
    """Violations, warnings and reasons by code, and how many rows carry a warning."""
    counted: list[Counted] = []
    for name in ("count_violations", "count_warnings", "count_reasons"):
        counted += [Counted(*row) for row in await fetch(connection, QUERIES[name], plan)]
    warned = await fetch_value(connection, QUERIES["count_warned_rows"], plan)
    return counted, warned


async def list_applied(connection: Connection, plan_no: int) -> set[tuple[int, int]]:
    """The ranges that have been applied, by phase and first row."""
    rows = await fetch(connection, QUERIES["list_applied"], {"plan_no": plan_no})
    return {(row["phase"], row["first_row"]) for row in rows}


async def open_chunk(connection: Connection, plan_no: int, part: Range) -> int | None:
    """The number of a new chunk; None when the range has been applied before."""
    values = {"plan_no": plan_no, **part._asdict()}
    return await fetch_value(connection, QUERIES["open_chunk"], values)


async def close_chunks(connection: Connection, chunk_numbers: list[int], rows: int) -> int:
    """Take the next watermark for these chunks; the last statement before the commit."""
    values = {"chunk_numbers": chunk_numbers, "rows": rows}
    return await fetch_value(connection, QUERIES["close_chunk"], values)


async def list_actions(connection: Connection, values: Mapping[str, Any]) -> set[str]:
    return {row["action"] for row in await fetch(connection, QUERIES["list_actions"], values)}


async def hold_moved(connection: Connection, import_no: int, rows: list[int]) -> None:
    await execute(connection, QUERIES["hold_moved"], {"import_no": import_no, "rows": rows})


async def replace_held(connection: Connection, import_no: int, new_plan_no: int) -> None:
    """Rows held as moved are decided by their new plan instead."""
    values = {"import_no": import_no, "new_plan_no": new_plan_no}
    await execute(connection, QUERIES["replace_held"], values)


async def post_range(connection: Connection, values: Mapping[str, Any]) -> None:
    """Post the deltas of a range, and change the balances by them, in account order."""
    await execute(connection, QUERIES["open_balances"], values)
    await fetch(connection, QUERIES["lock_balances"], values)
    await execute(connection, QUERIES["post"], values)
    await execute(connection, QUERIES["move_balances"], values)


async def find_chunk(connection: Connection, chunk_no: int) -> Chunk:
    found = await fetch_row(connection, QUERIES["find_chunk"], {"chunk_no": chunk_no})
    assert found is not None
    return Chunk(*found)


async def list_later_plans(connection: Connection, chunk: Chunk) -> list[int]:
    """The plans that rows of this range were planned again with, while it was applied."""
    rows = await fetch(connection, QUERIES["list_later_plans"], chunk._asdict())
    return [row["plan_no"] for row in rows]


async def find_unparked(connection: Connection, statement: Statement) -> dict[int, list[int]]:
    """Parked rows that need wait no longer, by the number of their import."""
    found: dict[int, list[int]] = {}
    for row in await fetch(connection, statement, {}):
        found.setdefault(row["import_no"], []).append(row["row"])
    return found


async def has_outcomes(connection: Connection, import_no: int) -> bool:
    return await fetch_value(connection, QUERIES["has_outcomes"], {"import_no": import_no})


async def greatest_watermark(connection: Connection, plan_no: int) -> int:
    return await fetch_value(connection, QUERIES["greatest_watermark"], {"plan_no": plan_no})


async def reject_range(connection: Connection, plan: Plan) -> None:
    """Plan the rejection of staged rows that no book takes."""
    await execute(connection, QUERIES["reject_range"], plan._asdict())
