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


async def prepare_for_planning_again(connection: Connection) -> None:
    """The same, beside others who work on the import: an analysis would hold them up."""
    for name in ("grant_memory", "plan_by_values", "avoid_nested_loops"):
        await execute(connection, QUERIES[name], {})


async def analyze_plan(connection: Connection) -> None:
    await execute(connection, QUERIES["analyze_plan"], {})


async def prepare_for_applying(connection: Connection) -> None:
    """Records are looked up by their ids: a range is small beside the books, however few they are
    said to be in statistics of an hour ago.
    """
    await execute(connection, QUERIES["avoid_sequential_scans"], {})


async def prepare_for_undoing(connection: Connection) -> None:
    """A range's rows are looked up one by one: whatever is known of them, nothing is read whole."""
    for name in ("avoid_hash_joins", "avoid_merge_joins", "avoid_sequential_scans"):
        await execute(connection, QUERIES[name], {})
