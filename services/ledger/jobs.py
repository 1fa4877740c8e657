"""What is due: revisions are planned, completions applied, reverts done, parked rows settled."""

import asyncio

import asyncpg

from services.chassis.claims import poll_until_stopped
from services.ledger.handlers.applying import apply_next
from services.ledger.handlers.deciding import hold_overdue
from services.ledger.handlers.planning import plan_next
from services.ledger.handlers.reverting import revert_next
from services.ledger.handlers.unparking import unpark_next
from services.ledger.settings import LedgerSettings
from services.ledger.wakeups import Wakeups


async def plan_full_revisions(
    pool: asyncpg.Pool, settings: LedgerSettings, wakeups: Wakeups, stop: asyncio.Event
) -> None:
    async def work() -> bool:
        planned = await plan_next(pool)
        if planned:
            wakeups.applying.set()
        return planned

    await poll_until_stopped(
        work, stop=stop, wake=wakeups.planning, idle_seconds=settings.ledger_sweep_seconds
    )


async def apply_completions(
    pool: asyncpg.Pool, settings: LedgerSettings, wakeups: Wakeups, stop: asyncio.Event
) -> None:
    async def work() -> bool:
        return await apply_next(pool, parallel=settings.ledger_parallel_chunks)

    await poll_until_stopped(
        work, stop=stop, wake=wakeups.applying, idle_seconds=settings.ledger_sweep_seconds
    )


async def unpark_rows(pool: asyncpg.Pool, settings: LedgerSettings, stop: asyncio.Event) -> None:
    await poll_until_stopped(
        lambda: unpark_next(pool),
        stop=stop,
        wake=asyncio.Event(),
        idle_seconds=settings.ledger_unpark_seconds,
    )


async def undo_reverted(
    pool: asyncpg.Pool, settings: LedgerSettings, wakeups: Wakeups, stop: asyncio.Event
) -> None:
    async def work() -> bool:
        return await revert_next(pool, parallel=settings.ledger_parallel_chunks)

    await poll_until_stopped(
        work, stop=stop, wake=wakeups.reverting, idle_seconds=settings.ledger_sweep_seconds
    )


async def hold_overdue_rows(
    pool: asyncpg.Pool, settings: LedgerSettings, stop: asyncio.Event
) -> None:
    await poll_until_stopped(
        lambda: hold_overdue(pool, settings.ledger_parked_days * 86_400),
        stop=stop,
        wake=asyncio.Event(),
        idle_seconds=settings.ledger_overdue_seconds,
    )
