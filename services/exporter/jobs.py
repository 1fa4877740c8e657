"""What is due: exports are rendered, files that are over are deleted."""

import asyncio

from services.chassis.claims import poll_until_stopped, wait_for_any
from services.chassis.database import RETRYABLE
from services.chassis.logs import get_logger
from services.chassis.object_store import StoreUnavailableError
from services.exporter.handlers.attempting import Facilities, render_next
from services.exporter.handlers.clearing import clear_files

CLEARING_SECONDS = 30.0
FAULT_SECONDS = 2.0


async def render_exports(
    facilities: Facilities, stop: asyncio.Event, *, poll_seconds: float
) -> None:
    """One after another. What is under way when the worker stops is left to its lease."""

    async def work() -> bool:
        try:
            return await _unless_stopped(facilities, stop)
        except (*RETRYABLE, StoreUnavailableError) as error:
            get_logger(__name__).warning("claiming_retries", exc_info=error)
            await wait_for_any(stop, seconds=FAULT_SECONDS)
            return not stop.is_set()

    await poll_until_stopped(work, stop=stop, wake=asyncio.Event(), idle_seconds=poll_seconds)


async def _unless_stopped(facilities: Facilities, stop: asyncio.Event) -> bool:
    attempt = asyncio.create_task(render_next(facilities))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({attempt, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
    if attempt.done():
        return attempt.result()
    attempt.cancel()
    await asyncio.wait({attempt})
    return False


async def delete_files(facilities: Facilities, stop: asyncio.Event) -> None:
    async def work() -> bool:
        try:
            await clear_files(facilities.pool, facilities.store)
        except (*RETRYABLE, StoreUnavailableError) as error:
            get_logger(__name__).warning("clearing_retries", exc_info=error)
        return False

    await poll_until_stopped(work, stop=stop, wake=asyncio.Event(), idle_seconds=CLEARING_SECONDS)
