"""What is in the database afterwards, compared row by row with what the generator made."""

# asyncpg comes without complete types
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg

from bench.import_runs import BenchmarkFailure
from samples.account_rows import GeneratedRow
from samples.generator import iterate_rows

_NAMED = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)
_ROWS_PER_FETCH = 5_000
_COLUMNS = (
    "account_number",
    "account_name",
    "balance",
    "currency",
    "status",
    "agent",
    "due_date",
    "debtor",
)


def load_queries() -> dict[str, str]:
    text = Path(__file__).with_name("checks.sql").read_text(encoding="utf-8")
    return dict(_NAMED.findall(text))


async def check_import(dsn: str, import_id: str, *, rows: int, first: int) -> None:
    """Every good row is booked as the file says, every bad one is rejected; else it raises."""
    queries = load_queries()
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await _compare(connection, queries["accounts"], (import_id,), _good(rows, first))
            rejected = [
                row["row"] for row in await connection.fetch(queries["rejected"], import_id)
            ]
            bad = [number for number, row in _numbered(rows, first) if row.fault is not None]
            if rejected != bad:
                raise BenchmarkFailure(f"{len(rejected)} rows rejected, {len(bad)} are bad")
            [posted] = await connection.fetch(queries["postings"], import_id)
            total = sum(_to_cents(row.cells[2]) for _, row in _good(rows, first))
            if tuple(posted) != (rows - len(bad), total):
                raise BenchmarkFailure(f"posted {tuple(posted)}, not {(rows - len(bad), total)}")
    finally:
        await connection.close()


async def check_reverted(dsn: str, import_id: str) -> None:
    """No account of the import is left, and its postings come to nothing; else it raises."""
    queries = load_queries()
    connection = await asyncpg.connect(dsn)
    try:
        [left] = await connection.fetch(queries["left_over"], import_id)
        if tuple(left) != (0, 0):
            raise BenchmarkFailure(f"{left[0]} accounts are left, {left[1]} rows are not reversed")
    finally:
        await connection.close()


async def check_peer(dsn: str, *, rows: int, first: int) -> None:
    """The same of the peer's table, so that both have done the same job."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await _compare(connection, load_queries()["peer"], (), _good(rows, first))
    finally:
        await connection.close()


async def _compare(
    connection: Any,
    query: str,
    arguments: tuple[Any, ...],
    good: Iterator[tuple[int, GeneratedRow]],
) -> None:
    found = 0
    async for row in connection.cursor(query, *arguments, prefetch=_ROWS_PER_FETCH):
        number, expected = next(good, (None, None))
        cells = tuple(row[name] for name in _COLUMNS)
        if expected is None or number is None or cells != _as_kept(expected):
            raise BenchmarkFailure(f"row {row['row'] or number}: {cells} is not {expected}")
        found += 1
    left = next(good, None)
    if left is not None:
        raise BenchmarkFailure(f"row {left[0]} is missing after {found} rows")


def _as_kept(row: GeneratedRow) -> tuple[Any, ...]:
    number, name, balance, *rest = row.cells
    return (number, name, _to_cents(balance), *rest)


def _to_cents(text: str) -> int:
    return int(text.replace(".", ""))


def _numbered(rows: int, first: int) -> Iterator[tuple[int, GeneratedRow]]:
    return enumerate(iterate_rows("accounts", rows, first=first), 1)


def _good(rows: int, first: int) -> Iterator[tuple[int, GeneratedRow]]:
    return ((number, row) for number, row in _numbered(rows, first) if row.fault is None)
