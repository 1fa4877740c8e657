"""One upload: pieces handed from a coroutine to the thread that seals, hashes and sends them."""

import asyncio
import hashlib
import queue
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from minio import Minio
from minio.error import S3Error

from services.chassis.encryption import MasterKeys, encrypt_stream
from services.chassis.object_store.errors import STORE_ERRORS

PIECE_BYTES = 1 << 20
PIECES_WAITING = 2
PART_BYTES = 5 << 20
PUT_MARK = "put-mark"


class UploadAbandonedError(Exception):
    """Whoever gave the bytes has gone before their end."""


class Feed:
    """A bounded hand-over from a coroutine to a thread; either end may give up at any time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, patience_seconds: float) -> None:
        self._loop = loop
        self._patience_seconds = patience_seconds
        self._room = asyncio.Semaphore(PIECES_WAITING)
        self._pieces: queue.SimpleQueue[bytes | BaseException | None] = queue.SimpleQueue()

    async def fill(self, chunks: AsyncIterator[bytes]) -> None:
        """Gather chunks of any size into pieces, and wait while enough of them are waiting."""
        held = bytearray()
        async for chunk in chunks:
            held += chunk
            if len(held) >= PIECE_BYTES:
                await self._hand_over(held)
                held = bytearray()
        await self._hand_over(held)

    async def _hand_over(self, held: bytearray) -> None:
        await self._room.acquire()
        self._pieces.put(bytes(held))

    def end(self, error: BaseException | None = None) -> None:
        """No more comes; with an error, what has come is not to be kept."""
        self._pieces.put(error)

    def drain(self) -> Iterator[bytes]:
        """The thread's end. Raises what the other end has raised."""
        while True:
            try:
                piece = self._pieces.get(timeout=self._patience_seconds)
            except queue.Empty as error:
                raise UploadAbandonedError("nothing came for too long") from error
            if piece is None:
                return
            if isinstance(piece, BaseException):
                raise piece
            self._loop.call_soon_threadsafe(self._room.release)
            yield piece


@dataclass
class Count:
    """Bytes seen so far, and their hash."""

    plain_bytes: int = 0
    stored_bytes: int = 0
    ended: bool = False


class PieceFile:
    """What minio-py reads from: `read(n)` over an iterator, as few copies as possible."""

    def __init__(self, pieces: Iterator[bytes], count: Count) -> None:
        self._pieces = pieces
        self._rest = b""
        self._count = count

    def read(self, size: int) -> bytes:
        held, held_bytes = [self._rest], len(self._rest)
        while held_bytes < size and not self._count.ended:
            piece = next(self._pieces, None)
            if piece is None:
                self._count.ended = True
            else:
                held.append(piece)
                held_bytes += len(piece)
        excess = max(0, held_bytes - size)
        kept = len(held[-1]) - excess
        held[-1], self._rest = held[-1][:kept], held[-1][kept:]
        self._count.stored_bytes += held_bytes - excess
        return b"".join(held)


class Upload:
    """The whole of it, for a thread; an object is visible only when all of it is there."""

    def __init__(self, client: Minio, bucket: str, name: str, keys: MasterKeys | None) -> None:
        self._client = client
        self._bucket = bucket
        self._name = name
        self._keys = keys
        self._hash = hashlib.sha256()
        self._mark = uuid.uuid4().hex
        self.count = Count()

    def run(self, pieces: Iterator[bytes]) -> None:
        counted = self._observe(pieces)
        stored = encrypt_stream(counted, self._keys) if self._keys else counted
        try:
            self._client.put_object(
                bucket_name=self._bucket,
                object_name=self._name,
                data=cast(BinaryIO, PieceFile(stored, self.count)),
                length=-1,
                part_size=PART_BYTES,
                num_parallel_uploads=1,
                metadata={PUT_MARK: self._mark},
            )
        except STORE_ERRORS:
            if not self._is_there():
                raise

    @property
    def plain_sha256(self) -> str:
        return self._hash.hexdigest()

    def _observe(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._hash.update(piece)
            self.count.plain_bytes += len(piece)
            yield piece

    def _is_there(self) -> bool:
        """An answer may have been lost on its way: then the object bears this upload's mark."""
        if not self.count.ended:
            return False
        try:
            found = self._client.stat_object(bucket_name=self._bucket, object_name=self._name)
        except S3Error:
            return False
        metadata = found.metadata or {}
        return metadata.get(f"x-amz-meta-{PUT_MARK}") == self._mark
