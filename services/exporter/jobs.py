"""What is due: exports are rendered, old files expire."""

import asyncio

from services.chassis.claims import poll_until_stopped, wait_for_any
from services.chassis.database import RETRYABLE
from services.chassis.logs import get_logger
from services.chassis.object_store import StoreUnavailableError
from services.exporter.handlers.rendering import Renderer

IDLE_SECONDS = 0.5
HOUSEKEEPING_SECONDS = 30.0
FAULT_SECONDS = 2.0


async def render_exports(renderer: Renderer, stop: asyncio.Event) -> None:
    """One after another; a fault of database or store is waited out and tried again."""

    async def work() -> bool:
        try:
            return await renderer.render_next()
        except (*RETRYABLE, StoreUnavailableError) as error:
            get_logger(__name__).warning("rendering_retries", exc_info=error)
            await wait_for_any(stop, seconds=FAULT_SECONDS)
            return True

    await poll_until_stopped(work, stop=stop, wake=asyncio.Event(), idle_seconds=IDLE_SECONDS)


async def keep_house(renderer: Renderer, stop: asyncio.Event) -> None:
    async def work() -> bool:
        try:
            await renderer.give_up_exhausted()
            await renderer.expire_old()
        except (*RETRYABLE, StoreUnavailableError) as error:
            get_logger(__name__).warning("housekeeping_retries", exc_info=error)
        return False

    await poll_until_stopped(
        work, stop=stop, wake=asyncio.Event(), idle_seconds=HOUSEKEEPING_SECONDS
    )
