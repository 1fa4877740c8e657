"""Event streams that are open: they would last for ever, so at the end they are told to stop."""

import asyncio
import socket
from typing import Any

import uvicorn

EVENT_STREAM = b"text/event-stream"


class OpenStreams:
    """The tasks that answer with events at the moment."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ending = False

    def enter(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)

    def leave(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)

    def has_ended(self, task: asyncio.Task[Any]) -> bool:
        """Whether it was `end_all` that cancelled this task."""
        return self._ending and task in self._tasks

    def end_all(self) -> None:
        """Each client sees a complete answer and connects anew, to whoever answers then."""
        self._ending = True
        for task in self._tasks:
            task.cancel()


class OrderlyServer(uvicorn.Server):
    """A server whose event streams end first: they would hold up the end of the others."""

    def __init__(self, config: uvicorn.Config, streams: OpenStreams) -> None:
        super().__init__(config)
        self._streams = streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._streams.end_all()
        await super().shutdown(sockets)
