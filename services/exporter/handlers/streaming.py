"""Bytes on their way from the database to the object store: pieces, compression, back-pressure."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from services.chassis.crash_points import reach

T = TypeVar("T")

PIECE_BYTES = 1024 * 1024
PIECES_WAITING = 4
GZIP_LEVEL = 1
# 31: zlib writes a gzip header, without name or time, so equal rows give equal bytes
GZIP_WINDOW = 31


class FileStream:
    """What is written on one side is read in pieces on the other; memory stays flat."""

    def __init__(self, *, compressed: bool) -> None:
        self._compressor = zlib.compressobj(GZIP_LEVEL, wbits=GZIP_WINDOW) if compressed else None
        self._buffer: list[bytes] = []
        self._size = 0
        self._queue: asyncio.Queue[bytes | BaseException | None] = asyncio.Queue(PIECES_WAITING)

    async def write(self, data: bytes) -> None:
        self._buffer.append(data)
        self._size += len(data)
        if self._size >= PIECE_BYTES:
            await self._pass_on()

    async def _pass_on(self) -> None:
        piece = b"".join(self._buffer)
        self._buffer, self._size = [], 0
        if self._compressor is not None:
            piece = await asyncio.to_thread(self._compressor.compress, piece)
        if piece:
            await self._queue.put(piece)
        reach("exporter.mid_upload")

    async def fill(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run what writes; its end, or its error, reaches the reader."""
        try:
            result = await work()
            await self._pass_on()
            if self._compressor is not None:
                await self._queue.put(self._compressor.flush())
            await self._queue.put(None)
            return result
        except BaseException as error:
            await self._queue.put(error)
            raise

    async def pieces(self) -> AsyncIterator[bytes]:
        """The pieces in order; raises what the writer raised."""
        while (piece := await self._queue.get()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            yield piece
