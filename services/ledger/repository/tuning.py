"""Settings of one transaction that plans or applies many rows, whose statistics are not yet
known.
"""

from pathlib import Path

from services.chassis.database import Connection
from services.ledger.statements import Statements, execute

QUERIES = Statements(Path(__file__).with_name("tuning.sql"))


async def prepare_for_many_rows(connection: Connection) -> None:
    """Fresh statistics, memory for hashes, and no nested loops over what was just staged."""
    for name in ("analyze_rows", "grant_memory", "plan_by_values", "avoid_nested_loops"):
        await execute(connection, QUERIES[name], {})


async def analyze_plan(connection: Connection) -> None:
    await execute(connection, QUERIES["analyze_plan"], {})


async def prepare_for_undoing(connection: Connection) -> None:
    """Memory for hashes, and plans by the range's own numbers."""
    for name in ("grant_memory", "plan_by_values"):
        await execute(connection, QUERIES[name], {})
