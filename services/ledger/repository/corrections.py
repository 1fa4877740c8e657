"""Attempts of rows before completion, and rows that correct those of an earlier import."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from services.chassis.database import Connection
from services.ledger.statements import Statements, execute, fetch

QUERIES = Statements(Path(__file__).with_name("corrections.sql"))


async def expect_attempts(
    connection: Connection,
    import_no: int,
    revision: int,
    attempts: Sequence[tuple[int, int]],
    *,
    config_version: int,
) -> None:
    """The next plan is made when all of these are staged; the current one is overtaken."""
    values = {
        "import_no": import_no,
        "revision": revision,
        "rows": [row for row, _ in attempts],
        "attempts": [attempt for _, attempt in attempts],
        "config_version": config_version,
    }
    await execute(connection, QUERIES["expect_attempts"], values)
    await execute(connection, QUERIES["overtake_plan"], values)


async def reject_corrected(connection: Connection, values: Mapping[str, Any]) -> None:
    await execute(connection, QUERIES["reject_corrected"], values)


async def find_corrected(connection: Connection, values: Mapping[str, Any]) -> set[int]:
    """Rows of a range that another import has corrected since the plan."""
    return {row["row"] for row in await fetch(connection, QUERIES["find_corrected"], values)}


async def record_corrections(connection: Connection, values: Mapping[str, Any]) -> None:
    await execute(connection, QUERIES["record_corrections"], values)
    await execute(connection, QUERIES["close_corrected"], values)
