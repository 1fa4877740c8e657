"""The loop of a job that claims one piece of work at a time."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable


async def poll_until_stopped(
    work: Callable[[], Awaitable[bool]],
    *,
    stop: asyncio.Event,
    wake: asyncio.Event,
    idle_seconds: float,
) -> None:
    """Call `work` again at once while it returns True; otherwise wait to be woken, or the time."""
    while not stop.is_set():
        wake.clear()
        if await work():
            continue
        await wait_for_any(stop, wake, seconds=idle_seconds)


async def wait_for_any(*events: asyncio.Event, seconds: float) -> None:
    """Until one of the events is set, or the time is up."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*waiting, return_exceptions=True)
