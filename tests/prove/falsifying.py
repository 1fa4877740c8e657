"""Books that are falsified by hand, behind the ledger's back, and put right again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import asyncpg

from tests.conftest import run_apart


class Falsification(NamedTuple):
    """A statement over one table of the ledger; `$import` is the import's number, `$id` its id.

    `added` finds what it inserts, if it does. `rows` are those that it changes, kept beforehand.
    """

    table: str
    rows: str
    change: str
    added: str = "false"


@contextmanager
def falsified(dsn: str, import_id: str, change: Falsification) -> Iterator[None]:
    """One transaction falsifies, another restores every touched row as it was."""
    kept: list[asyncpg.Record] = run_apart(_falsify(dsn, import_id, change))
    try:
        yield
    finally:
        run_apart(_restore(dsn, import_id, change, kept))


def _of(import_id: str, statement: str) -> str:
    number = f"(select import_no from ledger.imports where import_id = '{import_id}')"
    plan = f"(select plan_no from ledger.imports where import_id = '{import_id}')"
    named = statement.replace("$import", number).replace("$plan", plan)
    return named.replace("$id", f"'{import_id}'")


async def _falsify(dsn: str, import_id: str, change: Falsification) -> list[asyncpg.Record]:
    connection: Any = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            kept = await connection.fetch(
                _of(import_id, f"select * from ledger.{change.table} where {change.rows}")
            )
            assert kept or change.added != "false", "there is nothing to falsify"
            await connection.execute(_of(import_id, change.change))
        return kept
    finally:
        await connection.close()


async def _restore(
    dsn: str, import_id: str, change: Falsification, kept: list[asyncpg.Record]
) -> None:
    connection: Any = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("set local session_replication_role = replica")
            condition = f"({change.rows}) or ({change.added})"
            await connection.execute(
                _of(import_id, f"delete from ledger.{change.table} where {condition}")
            )
            if kept:
                await connection.copy_records_to_table(
                    change.table,
                    schema_name="ledger",
                    records=[tuple(row) for row in kept],
                    columns=list(kept[0].keys()),
                )
    finally:
        await connection.close()
