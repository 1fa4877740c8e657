"""A cable between a client and a server of TCP that can be cut, refuse, or swallow what is sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal
from urllib.parse import urlsplit

Way = Literal["questions", "answers"]


class Cable:
    """Forwards bytes both ways; what it does to them is set at any time and counted."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._swallowing = False
        self._cut: tuple[Way, int, int] | None = None
        self.cuts = 0
        self.endpoint = ""

    @classmethod
    @asynccontextmanager
    async def to(cls, endpoint: str) -> "AsyncIterator[Cable]":
        parts = urlsplit(endpoint)
        assert parts.hostname
        assert parts.port
        cable = cls(parts.hostname, parts.port)
        cable._server = await asyncio.start_server(cable._connect, "127.0.0.1", 0)
        cable.endpoint = f"http://127.0.0.1:{cable._server.sockets[0].getsockname()[1]}"
        try:
            yield cable
        finally:
            await cable.close()

    def swallow(self) -> None:
        self._swallowing = True

    def cut_questions_after(self, size: int, *, times: int) -> None:
        self._cut = ("questions", size, self.cuts + times)

    def cut_answers_after(self, size: int, *, times: int) -> None:
        self._cut = ("answers", size, self.cuts + times)

    async def close(self) -> None:
        """Break every connection; nobody listens any more."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _connect(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, onward = await asyncio.open_connection(self._host, self._port)
        self._writers |= {back, onward}
        await asyncio.gather(
            self._carry("questions", near, onward, back),
            self._carry("answers", far, back, onward),
        )

    async def _carry(
        self,
        way: Way,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        other: asyncio.StreamWriter,
    ) -> None:
        carried = 0
        try:
            while data := await source.read(65536):
                if self._swallowing:
                    continue
                carried += len(data)
                if self._is_to_be_cut(way, carried):
                    self.cuts += 1
                    target.transport.abort()
                    other.transport.abort()
                    return
                target.write(data)
                await target.drain()
            target.close()
        except ConnectionError:
            other.transport.abort()

    def _is_to_be_cut(self, way: Way, carried: int) -> bool:
        if self._cut is None:
            return False
        where, size, last = self._cut
        return where == way and carried > size and self.cuts < last
