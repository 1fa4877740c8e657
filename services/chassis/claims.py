"""The loop of a job that claims one piece of work at a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from services.chassis.database import delay_seconds, is_passing
from services.chassis.logs import get_logger

PATIENCE_SECONDS = 5 * 60.0


async def poll_until_stopped(
    work: Callable[[], Awaitable[bool]],
    *,
    stop: asyncio.Event,
    wake: asyncio.Event,
    idle_seconds: float,
) -> None:
    """Call `work` again at once while it returns True; otherwise wait to be woken, or the time.

    A database that is away is waited for, up to five minutes; any other error ends the loop.
    """
    worked_at, failures = time.monotonic(), 0
    while not stop.is_set():
        wake.clear()
        try:
            more = await work()
        except Exception as error:
            failures += 1
            if not is_passing(error) or time.monotonic() - worked_at > PATIENCE_SECONDS:
                raise
            get_logger(__name__).warning("job_retries", attempt=failures, exc_info=error)
            await wait_for_any(stop, seconds=delay_seconds(failures))
            continue
        worked_at, failures = time.monotonic(), 0
        if not more:
            await wait_for_any(stop, wake, seconds=idle_seconds)


async def wait_for_any(*events: asyncio.Event, seconds: float) -> None:
    """Until one of the events is set, or the time is up."""
    if any(event.is_set() for event in events):
        return
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
