"""Long work on an import, range by range: taken by one process, resumed wherever it was cut off."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import asyncpg

from services.chassis.database import Connection, in_transaction
from services.ledger.domain.ranges import Range, cut
from services.ledger.repository import imports, plans
from services.ledger.repository.plans import Plan

Find = Callable[[Connection], Awaitable[Sequence[int]]]


async def work_next(pool: asyncpg.Pool, find: Find, work: Callable[[int], Awaitable[None]]) -> bool:
    """Work on one of the found imports that no other process works on; false if there is none."""
    async with pool.acquire() as connection:
        for import_no in await find(connection):
            if await imports.try_lock_import(connection, import_no):
                try:
                    await work(import_no)
                finally:
                    await imports.unlock_import(connection, import_no)
                return True
    return False


async def take_ranges(
    pool: asyncpg.Pool,
    plan: Plan,
    phase: int,
    *,
    work: Callable[[Range], Awaitable[None]],
    parallel: int,
) -> None:
    """All ranges of a phase that have no chunk yet, so many at a time."""
    applied = await in_transaction(pool, lambda one: plans.list_applied(one, plan.plan_no))
    ranges = cut(plan.first_row, plan.last_row, phase)
    todo = iter([part for part in ranges if (part.phase, part.first_row) not in applied])

    async def take() -> None:
        for part in todo:
            await work(part)

    async with asyncio.TaskGroup() as group:
        for _ in range(parallel):
            group.create_task(take())
