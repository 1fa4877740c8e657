"""The port: what callers may do with stored objects, each call with an end in time.

minio-py blocks, so it runs in threads of the store's own; a broken connection never holds a caller
longer than the deadlines say.
"""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import BinaryIO, Protocol, TypeVar, cast
from urllib.parse import urlsplit

import stamina
import urllib3
from minio import Minio
from pydantic import SecretStr

from services.chassis.encryption import MasterKeys, count_plain_bytes
from services.chassis.object_store.errors import (
    STORE_ERRORS,
    StoreUnavailableError,
    explain,
    is_passing,
)
from services.chassis.object_store.reading import PlainFile, Stored, read_plain
from services.chassis.object_store.uploading import Feed, Upload, UploadAbandonedError

T = TypeVar("T")
Chunks = AsyncIterator[bytes]

CALL_SECONDS = 25.0
PUT_SECONDS = 3600.0
CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
PATIENCE_SECONDS = 120.0
THREADS = 32
ATTEMPTS = 4
LIST_BATCH = 1000
FILE_BUFFER_BYTES = 256 << 10


class StoreSettings(Protocol):
    """What opening a store needs; `ObjectStoreSettings` of the chassis has it."""

    s3_endpoint: str
    s3_access_key: SecretStr
    s3_secret_key: SecretStr
    s3_bucket: str
    master_key: SecretStr


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What has been stored; the hash (hex) and the size are of the plain bytes."""

    name: str
    plain_bytes: int
    plain_sha256: str
    stored_bytes: int


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """What the store knows of an object."""

    name: str
    stored_bytes: int
    modified_at: datetime | None


def open_client(settings: StoreSettings, *, read_seconds: float = READ_SECONDS) -> Minio:
    endpoint = urlsplit(settings.s3_endpoint)
    retries = urllib3.Retry(
        total=3, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504), allowed_methods=None
    )
    pool = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds),
        maxsize=THREADS,
        retries=retries,
    )
    return Minio(
        endpoint=endpoint.netloc,
        access_key=settings.s3_access_key.get_secret_value(),
        secret_key=settings.s3_secret_key.get_secret_value(),
        secure=endpoint.scheme == "https",
        # Amazon's host names say the region; asking others for it would be a sixth call.
        region=None if endpoint.netloc.endswith(".amazonaws.com") else "us-east-1",
        http_client=pool,
    )


def open_store(
    settings: StoreSettings,
    *,
    put_seconds: float = PUT_SECONDS,
    call_seconds: float = CALL_SECONDS,
) -> "ObjectStore":
    """Opens nothing yet: the first call connects."""
    return ObjectStore(
        open_client(settings),
        settings.s3_bucket,
        MasterKeys.parse(settings.master_key.get_secret_value()),
        put_seconds=put_seconds,
        call_seconds=call_seconds,
    )


class ObjectStore:
    """Objects of one bucket. Close it when done: it owns threads."""

    def __init__(
        self,
        client: Minio,
        bucket: str,
        keys: MasterKeys,
        *,
        put_seconds: float = PUT_SECONDS,
        call_seconds: float = CALL_SECONDS,
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._keys = keys
        self._put_seconds = put_seconds
        self._call_seconds = call_seconds
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="object-store")

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def put(
        self, name: str, chunks: Chunks | Callable[[], Chunks], *, encrypt: bool = True
    ) -> StoredObject:
        """Store a stream under a new name; nothing is visible unless all of it was stored.

        Parts are retried by themselves. Given a function that starts the stream anew, the whole
        is retried too. What the stream raises is raised here, and nothing is kept.
        """
        if not callable(chunks):
            return await self._put_within_deadline(name, chunks, encrypt=encrypt)
        async for attempt in stamina.retry_context(on=_is_store_down, attempts=ATTEMPTS):
            with attempt:
                return await self._put_within_deadline(name, chunks(), encrypt=encrypt)
        raise AssertionError("the last attempt returns or raises")

    async def _put_within_deadline(
        self, name: str, chunks: Chunks, *, encrypt: bool
    ) -> StoredObject:
        try:
            async with asyncio.timeout(self._put_seconds):
                return await self._put_once(name, chunks, encrypt=encrypt)
        except (*STORE_ERRORS, TimeoutError) as error:
            raise explain(error, name) from error

    async def _put_once(self, name: str, chunks: Chunks, *, encrypt: bool) -> StoredObject:
        loop = asyncio.get_running_loop()
        feed = Feed(loop, patience_seconds=PATIENCE_SECONDS)
        upload = Upload(self._client, self._bucket, name, self._keys if encrypt else None)
        filling = asyncio.create_task(feed.fill(chunks))
        filling.add_done_callback(partial(_end_feed, feed))
        try:
            await loop.run_in_executor(self._threads, upload.run, feed.drain())
        finally:
            filling.cancel()
            await asyncio.wait({filling})
        return StoredObject(
            name, upload.count.plain_bytes, upload.plain_sha256, upload.count.stored_bytes
        )

    async def open(
        self, name: str, *, offset: int = 0, encrypted: bool = True
    ) -> AsyncIterator[bytes]:
        """The plain bytes from `offset` on, in chunks of at most 1 MiB."""
        stream = self._read(name, encrypted=encrypted)(offset)
        try:
            while piece := await self._in_thread(partial(_next_piece, stream)):
                yield piece
        finally:
            self._threads.submit(stream.close)

    def open_file(self, name: str, *, encrypted: bool = True) -> BinaryIO:
        """A blocking, seekable reader of the plain bytes, for use in a thread."""

        def measure() -> int:
            found = self._client.stat_object(bucket_name=self._bucket, object_name=name)
            size = found.size or 0
            return count_plain_bytes(size) if encrypted else size

        raw = PlainFile(self._read(name, encrypted=encrypted), measure)
        return cast(BinaryIO, io.BufferedReader(raw, FILE_BUFFER_BYTES))

    async def stat(self, name: str) -> ObjectFacts:
        """Raises ObjectMissingError."""
        found = await self._call(
            name, partial(self._client.stat_object, bucket_name=self._bucket, object_name=name)
        )
        return ObjectFacts(name, found.size or 0, found.last_modified)

    async def delete(self, name: str) -> None:
        """An object that is not there is as good as deleted."""
        await self._call(
            name, partial(self._client.remove_object, bucket_name=self._bucket, object_name=name)
        )

    async def list(self, prefix: str = "") -> AsyncIterator[ObjectFacts]:
        """All objects whose names start so, by name."""
        last = ""
        while batch := await self._call(prefix, partial(self._list_after, prefix, last)):
            for facts in batch:
                yield facts
            last = batch[-1].name

    def _list_after(self, prefix: str, last: str) -> "list[ObjectFacts]":
        listing = self._client.list_objects(
            bucket_name=self._bucket, prefix=prefix, recursive=True, start_after=last or None
        )
        return [
            ObjectFacts(found.object_name or "", found.size or 0, found.last_modified)
            for found in islice(listing, LIST_BATCH)
        ]

    def _read(self, name: str, *, encrypted: bool) -> Callable[[int], Generator[bytes]]:
        stored = Stored(self._client, self._bucket, name)
        return partial(read_plain, stored, self._keys if encrypted else None)

    async def _call(self, name: str, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(self._call_seconds):
                async for attempt in stamina.retry_context(on=is_passing, attempts=ATTEMPTS):
                    with attempt:
                        return await self._in_thread(work)
        except (*STORE_ERRORS, TimeoutError) as error:
            raise explain(error, name) from error
        raise AssertionError("the last attempt returns or raises")

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _next_piece(stream: Generator[bytes]) -> bytes:
    return next(stream, b"")


def _is_store_down(error: Exception) -> bool:
    return isinstance(error, StoreUnavailableError)


def _end_feed(feed: Feed, filling: asyncio.Task[None]) -> None:
    if filling.cancelled():
        feed.end(UploadAbandonedError("the bytes were cut off"))
    else:
        feed.end(filling.exception())
