"""The object store on a real S3 server: whole or not at all, sealed, bounded in time and memory."""

import asyncio
import base64
import hashlib
import io
import os
import zipfile
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr

from services.chassis.encryption import CHUNK_BYTES, HEADER_BYTES, TamperedFileError
from services.chassis.object_store import (
    ObjectMissingError,
    ObjectStore,
    StoreUnavailableError,
    open_store,
)
from services.chassis.object_store.store import LIST_BATCH
from services.chassis.object_store.uploading import PART_BYTES
from services.chassis.settings import ObjectStoreSettings
from tests.chassis.cable import Cable
from tests.conftest import ObjectStore as Server

MASTER_KEY = base64.b64encode(b"m" * 32).decode()


def settings_of(server: Server, bucket: str, *, endpoint: str | None = None) -> ObjectStoreSettings:
    return ObjectStoreSettings(
        s3_endpoint=endpoint or server.endpoint,
        s3_access_key=SecretStr(server.access_key),
        s3_secret_key=SecretStr(server.secret_key),
        s3_bucket=bucket,
        master_key=SecretStr(MASTER_KEY),
    )


@pytest.fixture
async def store(object_store: Server, bucket: str) -> AsyncIterator[ObjectStore]:
    store = open_store(settings_of(object_store, bucket))
    yield store
    await store.close()


async def pieces(plain: bytes, size: int = 70_000) -> AsyncIterator[bytes]:
    for start in range(0, len(plain), size):
        yield plain[start : start + size]


async def read(store: ObjectStore, name: str, *, offset: int = 0) -> bytes:
    return b"".join([piece async for piece in store.open(name, offset=offset)])


async def names(store: ObjectStore, prefix: str = "") -> list[str]:
    return [facts.name async for facts in store.list(prefix)]


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK_BYTES, PART_BYTES - 200, PART_BYTES, 2 * PART_BYTES + 3, 12_345_678]
)
async def test_what_is_put_comes_back_with_its_facts(store: ObjectStore, size: int) -> None:
    plain = os.urandom(size)
    stored = await store.put("one", pieces(plain))
    assert (stored.name, stored.plain_bytes) == ("one", size)
    assert stored.plain_sha256 == hashlib.sha256(plain).hexdigest()
    assert (await store.stat("one")).stored_bytes == stored.stored_bytes > size
    assert await read(store, "one") == plain


@pytest.mark.parametrize("offset", [1, CHUNK_BYTES, CHUNK_BYTES + 1, 3_000_000, 3_500_000, 9**9])
async def test_reading_starts_at_any_plain_byte(store: ObjectStore, offset: int) -> None:
    plain = os.urandom(3_500_000)
    await store.put("one", pieces(plain))
    assert await read(store, "one", offset=offset) == plain[offset:]


async def test_the_bucket_holds_no_plain_text(
    store: ObjectStore, object_store: Server, bucket: str
) -> None:
    canary = b"078-05-1120 Maria Canary;"
    await store.put("one", pieces(canary * 300_000))
    response = object_store.open_client().get_object(bucket_name=bucket, object_name="one")
    stored = response.read()
    response.close()
    assert len(stored) > len(canary) * 300_000
    assert canary not in stored


async def test_a_bit_flipped_in_the_bucket_is_found(
    store: ObjectStore, object_store: Server, bucket: str
) -> None:
    await store.put("one", pieces(os.urandom(2_000_000)))
    client = object_store.open_client()
    response = client.get_object(bucket_name=bucket, object_name="one")
    stored = bytearray(response.read())
    response.close()
    stored[HEADER_BYTES + CHUNK_BYTES + 100] ^= 1
    client.put_object(
        bucket_name=bucket, object_name="one", data=io.BytesIO(stored), length=len(stored)
    )
    with pytest.raises(TamperedFileError):
        await read(store, "one")


async def test_without_sealing_the_bytes_are_stored_as_they_are(store: ObjectStore) -> None:
    stored = await store.put("one", pieces(b"plain" * 1000), encrypt=False)
    assert stored.stored_bytes == stored.plain_bytes == 5000
    found = [piece async for piece in store.open("one", offset=4990, encrypted=False)]
    assert b"".join(found) == b"plainplain"


async def test_a_blocking_file_can_be_sought_as_archives_need(store: ObjectStore) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.csv", os.urandom(2_500_000))
        archive.writestr("b.csv", b"AccountName,Balance\nx,1\n")
    await store.put("zip", pieces(buffer.getvalue()))

    def look() -> bytes:
        with store.open_file("zip") as file, zipfile.ZipFile(file) as archive:
            assert archive.testzip() is None
            return archive.read("b.csv")

    assert await asyncio.to_thread(look) == b"AccountName,Balance\nx,1\n"


async def test_a_list_goes_over_all_pages_and_by_prefix(
    store: ObjectStore, object_store: Server, bucket: str
) -> None:
    wanted = [f"a/{number:04}" for number in range(LIST_BATCH + 3)]
    client = object_store.open_client()

    def put(name: str) -> None:
        client.put_object(bucket_name=bucket, object_name=name, data=io.BytesIO(b"x"), length=1)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(put, [*wanted, "b/1"]))
    assert await names(store, "a/") == wanted
    assert await names(store) == [*wanted, "b/1"]


async def test_what_is_missing_is_said_and_deleting_it_is_harmless(store: ObjectStore) -> None:
    await store.put("one", pieces(b"x"))
    await store.delete("one")
    await store.delete("one")
    with pytest.raises(ObjectMissingError):
        await store.stat("one")
    with pytest.raises(ObjectMissingError):
        await read(store, "one")


def unfinished(server: Server, bucket: str) -> list[str]:
    found = server.open_client()._list_multipart_uploads(bucket_name=bucket)
    return [upload.object_name for upload in found.uploads]


class SourceBrokeError(Exception):
    pass


@pytest.mark.parametrize("before", [0, 100_000, 2 * PART_BYTES])
async def test_a_source_that_breaks_leaves_nothing_and_is_told(
    store: ObjectStore, object_store: Server, bucket: str, before: int
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        async for piece in pieces(bytes(before)):
            yield piece
        raise SourceBrokeError

    with pytest.raises(SourceBrokeError):
        await store.put("one", broken())
    assert await names(store) == []
    assert not unfinished(object_store, bucket)


async def test_a_caller_that_goes_away_leaves_nothing(
    store: ObjectStore, object_store: Server, bucket: str
) -> None:
    sent = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield bytes(3 * PART_BYTES)
        sent.set()
        await asyncio.Event().wait()

    putting = asyncio.create_task(store.put("one", endless()))
    await sent.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert await names(store) == []
    async with asyncio.timeout(20):
        while unfinished(object_store, bucket):
            await asyncio.sleep(0.05)
    await store.put("two", pieces(b"goes on"))


async def test_a_store_that_is_away_is_told_in_time(object_store: Server, bucket: str) -> None:
    async with Cable.to(object_store.endpoint) as cable:
        away = open_store(settings_of(object_store, bucket, endpoint=cable.endpoint))
        await cable.close()
        with pytest.raises(StoreUnavailableError):
            await away.put("one", pieces(b"x"))
        with pytest.raises(StoreUnavailableError):
            await away.stat("one")
        await away.close()


async def test_a_connection_that_hangs_ends_at_the_deadline(
    object_store: Server, bucket: str
) -> None:
    async with Cable.to(object_store.endpoint) as cable:
        settings = settings_of(object_store, bucket, endpoint=cable.endpoint)
        hanging = open_store(settings, put_seconds=1.0, call_seconds=1.0)
        cable.swallow()
        began = asyncio.get_running_loop().time()
        for call in (hanging.put("one", pieces(bytes(PART_BYTES * 2))), hanging.stat("one")):
            with pytest.raises(StoreUnavailableError):
                await call
        assert asyncio.get_running_loop().time() - began < 5
        await cable.close()
        await hanging.close()


async def test_a_read_that_is_cut_is_taken_up_where_it_broke(
    object_store: Server, bucket: str
) -> None:
    plain = os.urandom(8_000_000)
    async with Cable.to(object_store.endpoint) as cable:
        store = open_store(settings_of(object_store, bucket, endpoint=cable.endpoint))
        await store.put("one", pieces(plain))
        cable.cut_answers_after(3_000_000, times=2)
        assert await read(store, "one") == plain
        assert cable.cuts == 2
        await store.close()


async def test_a_whole_upload_is_made_again_when_its_source_can_start_anew(
    object_store: Server, bucket: str
) -> None:
    plain = os.urandom(2 * PART_BYTES + 5)
    async with Cable.to(object_store.endpoint) as cable:
        store = open_store(settings_of(object_store, bucket, endpoint=cable.endpoint))
        starts = 0

        def start() -> AsyncIterator[bytes]:
            nonlocal starts
            starts += 1
            return pieces(plain)

        cable.cut_questions_after(PART_BYTES + 100_000, times=6)
        stored = await store.put("one", start)
        assert stored.plain_sha256 == hashlib.sha256(plain).hexdigest()
        assert await read(store, "one") == plain
        assert await names(store) == ["one"]
        assert cable.cuts > 0
        await store.close()
