"""Reading of one object: stored bytes that resume after a cut, and the plain bytes under them."""

import io
import time
from collections.abc import Callable, Generator
from itertools import chain
from typing import cast

from minio import Minio
from minio.error import S3Error

from services.chassis.encryption import (
    HEADER_BYTES,
    MasterKeys,
    decrypt_chunks,
    locate,
    open_envelope,
    split_header,
)
from services.chassis.object_store.errors import STORE_ERRORS, explain, is_passing

READ_BYTES = 256 << 10
PAST_THE_END = "InvalidRange"


class Stored:
    """An object's stored bytes."""

    def __init__(self, client: Minio, bucket: str, name: str, *, resumes: int = 5) -> None:
        self._client = client
        self._bucket = bucket
        self._name = name
        self._resumes = resumes

    def stream(self, start: int = 0) -> Generator[bytes]:
        """From `start` to the end; a connection that breaks is taken up again where it broke."""
        failures = 0
        while True:
            try:
                for piece in self._get(start):
                    failures = 0
                    start += len(piece)
                    yield piece
                return
            except STORE_ERRORS as error:
                failures += 1
                if isinstance(error, S3Error) and error.code == PAST_THE_END:
                    return
                if failures > self._resumes or not is_passing(error):
                    raise explain(error, self._name) from error
                time.sleep(min(5.0, 0.1 * 2**failures))

    def read(self, start: int, length: int) -> bytes:
        """Exactly this range, or less at the object's end."""
        taken = bytearray()
        stream = self.stream(start)
        while len(taken) < length and (piece := next(stream, None)) is not None:
            taken += piece
        stream.close()
        return bytes(taken[:length])

    def _get(self, start: int) -> Generator[bytes]:
        response = self._client.get_object(
            bucket_name=self._bucket, object_name=self._name, offset=start
        )
        try:
            yield from response.stream(READ_BYTES, decode_content=False)
        finally:
            # A connection with unread bytes must not go back to the pool.
            response.close()
            response.release_conn()


def read_plain(stored: Stored, keys: MasterKeys | None, offset: int) -> Generator[bytes]:
    """The plain bytes from `offset` on; without keys the stored bytes are the plain ones."""
    if keys is None:
        yield from stored.stream(offset)
        return
    position = locate(offset)
    if position.number == 0:
        header, sealed = split_header(stored.stream())
    else:
        header, rest = stored.read(0, HEADER_BYTES), stored.stream(position.stored_offset)
        first = next(rest, None)
        if first is None:
            return
        sealed = chain((first,), rest)
    envelope = open_envelope(header, keys)
    yield from decrypt_chunks(envelope, sealed, first=position.number, skip=position.skip)


class PlainFile(io.RawIOBase):
    """A blocking, seekable file over the plain bytes; opens nothing before the first read."""

    def __init__(self, read: Callable[[int], Generator[bytes]], measure: Callable[[], int]) -> None:
        super().__init__()
        self._read = read
        self._measure = measure
        self._position = 0
        self._stream: Generator[bytes] | None = None
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position}.get(whence)
        target = offset + (self._measure() if base is None else base)
        if target < 0:
            raise ValueError("a file has no bytes before its first")
        if target != self._position:
            self._let_go()
            self._position = target
        return target

    def readinto(self, buffer: object, /) -> int:
        room = memoryview(cast(bytearray, buffer)).cast("B")
        if not self._held:
            self._held = memoryview(self._next_piece())
        size = min(len(room), len(self._held))
        room[:size] = self._held[:size]
        self._held = self._held[size:]
        self._position += size
        return size

    def close(self) -> None:
        self._let_go()
        super().close()

    def _next_piece(self) -> bytes:
        if self._stream is None:
            self._stream = self._read(self._position)
        return next(self._stream, b"")

    def _let_go(self) -> None:
        stream, self._stream = self._stream, None
        self._held = memoryview(b"")
        if stream is not None:
            stream.close()
