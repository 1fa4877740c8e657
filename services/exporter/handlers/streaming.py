"""Bytes on their way from the database to the object store: pieces, compression, back-pressure."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from typing import Protocol

from services.chassis.crash_points import reach

PIECE_BYTES = 1024 * 1024
PIECES_WAITING = 4
GZIP_LEVEL = 1
# 31: zlib writes a gzip header, without name or time, so equal rows give equal bytes
GZIP_WINDOW = 31


class Pipe:
    """What a task writes is read elsewhere in pieces of exactly 1 MiB; memory stays flat."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._room = asyncio.Semaphore(PIECES_WAITING)
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def write(self, data: bytes) -> None:
        """Waits while enough pieces are waiting to be read."""
        self._held += data
        while len(self._held) >= PIECE_BYTES:
            await self._pass_on(PIECE_BYTES)

    async def flush(self) -> None:
        """Pass on what is left; to be called once, at the end."""
        if self._held:
            await self._pass_on(len(self._held))

    async def _pass_on(self, size: int) -> None:
        piece = bytes(memoryview(self._held)[:size])
        del self._held[:size]
        await self._room.acquire()
        self._pieces.put_nowait(piece)

    async def read(self, writing: "asyncio.Task[None]") -> AsyncIterator[bytes]:
        """The pieces in order, until `writing` has ended; raises what it raised."""
        writing.add_done_callback(lambda _: self._pieces.put_nowait(None))
        while (piece := await self._pieces.get()) is not None:
            self._room.release()
            yield piece
            reach("exporter.mid_upload")
        await writing


class Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


async def compress_pieces(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A gzip file of the pieces, made in a thread while the next ones are written."""
    compressor: Compressor = zlib.compressobj(GZIP_LEVEL, wbits=GZIP_WINDOW)
    async for piece in pieces:
        compressed = await asyncio.to_thread(compressor.compress, piece)
        if compressed:
            yield compressed
    yield compressor.flush()
