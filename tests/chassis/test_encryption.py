"""Sealed files: what was put in comes out, and nothing that was touched ever does."""

import base64
import os
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.chassis.encryption import (
    CHUNK_BYTES,
    HEADER_BYTES,
    SEALED_CHUNK_BYTES,
    MasterKey,
    MasterKeyFormatError,
    MasterKeys,
    TamperedFileError,
    UnknownMasterKeyError,
    count_plain_bytes,
    decrypt_chunks,
    decrypt_stream,
    encrypt_stream,
    locate,
    open_envelope,
    rewrap,
)

KEYS = MasterKeys(MasterKey(b"k" * 32))
SIZES = (0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 7)


def seal(plain: bytes, keys: MasterKeys = KEYS) -> bytes:
    return b"".join(encrypt_stream([plain], keys))


def unseal(stored: bytes, keys: MasterKeys = KEYS) -> bytes:
    return b"".join(decrypt_stream([stored], keys))


@pytest.mark.parametrize("size", SIZES)
def test_a_file_of_any_size_comes_back_and_its_size_is_known(size: int) -> None:
    plain = os.urandom(size)
    stored = seal(plain)
    assert unseal(stored) == plain
    assert count_plain_bytes(len(stored)) == size


@given(st.lists(st.integers(0, 400_000), max_size=8), st.integers(1, 700_000))
@settings(max_examples=30, deadline=None)
def test_how_the_bytes_are_cut_changes_nothing(sizes: list[int], cut: int) -> None:
    pieces = [bytes([number % 251]) * size for number, size in enumerate(sizes)]
    stored = b"".join(encrypt_stream(pieces, KEYS))
    cuts = [stored[start : start + cut] for start in range(0, len(stored), cut)]
    assert b"".join(decrypt_stream(cuts, KEYS)) == b"".join(pieces)


@given(st.integers(0, 3 * CHUNK_BYTES + 6))
@settings(max_examples=25, deadline=None)
def test_reading_can_start_at_any_plain_byte(offset: int) -> None:
    position = locate(offset)
    envelope = open_envelope(STORED[:HEADER_BYTES], KEYS)
    chunks = [STORED[position.stored_offset :]]
    found = decrypt_chunks(envelope, chunks, first=position.number, skip=position.skip)
    assert b"".join(found) == PLAIN[offset:]


PLAIN = os.urandom(3 * CHUNK_BYTES + 7)
STORED = seal(PLAIN)
# Each part of the header, then the first, a middle, and the last byte of each chunk and its tag.
BYTES_TO_FLIP = [
    *(0, 4, 12, 28, 40, HEADER_BYTES - 1),
    *(HEADER_BYTES + n * SEALED_CHUNK_BYTES for n in range(4)),
    HEADER_BYTES + SEALED_CHUNK_BYTES // 2,
    HEADER_BYTES + SEALED_CHUNK_BYTES - 1,
    len(STORED) - 1,
]


@pytest.mark.parametrize("place", BYTES_TO_FLIP)
@pytest.mark.parametrize("bit", [0, 7])
def test_one_flipped_bit_fails(place: int, bit: int) -> None:
    touched = bytearray(STORED)
    touched[place] ^= 1 << bit
    with pytest.raises((TamperedFileError, UnknownMasterKeyError)):
        unseal(bytes(touched))


def chunks_of(stored: bytes) -> list[bytes]:
    starts = [*range(HEADER_BYTES, len(stored), SEALED_CHUNK_BYTES), len(stored)]
    return [stored[start:end] for start, end in pairwise(starts)]


def test_swapped_chunks_fail() -> None:
    first, second, *rest = chunks_of(STORED)
    with pytest.raises(TamperedFileError):
        unseal(STORED[:HEADER_BYTES] + b"".join([second, first, *rest]))


@pytest.mark.parametrize("number", range(4))
def test_a_dropped_chunk_fails(number: int) -> None:
    chunks = chunks_of(STORED)
    del chunks[number]
    with pytest.raises(TamperedFileError):
        unseal(STORED[:HEADER_BYTES] + b"".join(chunks))


@pytest.mark.parametrize(
    "length",
    [0, 10, HEADER_BYTES, HEADER_BYTES + 5, HEADER_BYTES + SEALED_CHUNK_BYTES, len(STORED) - 1],
)
def test_a_file_cut_short_fails(length: int) -> None:
    with pytest.raises(TamperedFileError):
        unseal(STORED[:length])


def test_bytes_added_at_the_end_fail() -> None:
    with pytest.raises(TamperedFileError):
        unseal(STORED + b"\0")


def test_a_chunk_of_another_file_fails() -> None:
    other = chunks_of(seal(PLAIN))
    mixed = [*chunks_of(STORED)[:1], *other[1:]]
    with pytest.raises(TamperedFileError):
        unseal(STORED[:HEADER_BYTES] + b"".join(mixed))


def test_the_stored_bytes_hold_no_plain_text_and_no_key_twice() -> None:
    canary = b"078-05-1120 Maria Canary"
    plain = canary * 100_000
    first, second = seal(plain), seal(plain)
    assert canary not in first
    assert KEYS.current.secret not in first
    assert not {chunk[:64] for chunk in chunks_of(first)} & {c[:64] for c in chunks_of(second)}


def test_a_new_master_key_rewraps_the_header_and_leaves_the_chunks() -> None:
    new = MasterKey(os.urandom(32))
    both = MasterKeys(new, (KEYS.current,))
    assert unseal(STORED, both) == PLAIN
    rewrapped = rewrap(STORED[:HEADER_BYTES], both) + STORED[HEADER_BYTES:]
    assert unseal(rewrapped, MasterKeys(new)) == PLAIN
    with pytest.raises(UnknownMasterKeyError):
        unseal(rewrapped, KEYS)
    with pytest.raises(UnknownMasterKeyError):
        unseal(STORED, MasterKeys(new))


def test_master_keys_are_read_from_text_with_the_current_one_first() -> None:
    texts = [base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2)]
    keys = MasterKeys.parse(", ".join(texts))
    assert keys.current.secret == b"\1" * 32
    assert [key.secret for key in keys.others] == [b"\2" * 32]
    assert "AQEB" not in repr(keys)
    assert "\\x01" not in repr(keys)


@pytest.mark.parametrize("text", ["", "short", "CHANGE-ME", base64.b64encode(b"x" * 31).decode()])
def test_a_bad_master_key_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(MasterKeyFormatError) as raised:
        MasterKeys.parse(text)
    assert not text or text not in str(raised.value)
