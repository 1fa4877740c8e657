"""Parked rows post by themselves when what they wait for has come, by whatever channel.

A periodic join over what is committed: a payment and its account that commit at the same moment
cannot miss each other.
"""

import asyncpg

from services.chassis.database import Connection, in_transaction
from services.ledger.books import Book, books
from services.ledger.handlers.deciding import look_again_and_settle
from services.ledger.repository import imports, plans


async def unpark_next(pool: asyncpg.Pool) -> bool:
    """Settle the rows of all imports that need wait no longer; false, as nothing is left then."""
    for book in books().values():
        if "find_unparked" in book.apply:
            statement = book.apply["find_unparked"]
            found = await in_transaction(
                pool, lambda one, statement=statement: plans.find_unparked(one, statement)
            )
            for import_no, rows in found.items():
                await _settle(pool, book, import_no, rows)
    return False


async def _settle(pool: asyncpg.Pool, book: Book, import_no: int, rows: list[int]) -> None:
    async def work(connection: Connection) -> None:
        found = await imports.lock_import(connection, import_no)
        still = await plans.find_unparked(connection, book.apply["find_unparked"])
        waiting = [row for row in still.get(import_no, []) if row in set(rows)]
        if found.plan_no is None or not waiting:
            return
        plan = await plans.find_plan(connection, found.plan_no)
        await look_again_and_settle(connection, found, plan, waiting)

    await in_transaction(pool, work)
