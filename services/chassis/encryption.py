"""Envelope encryption of files: a fresh key per file, wrapped by a master key, seekable chunks.

A stored file is a header (who wrapped the key, and the wrapped key) and sealed chunks. Where the
bytes are kept is object_store's; which master keys there are is the settings'.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"LPE1"
KEY_BYTES = 32
KEY_ID_BYTES = 8
FILE_ID_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16
NAME_BYTES = len(MAGIC) + KEY_ID_BYTES + FILE_ID_BYTES
HEADER_BYTES = NAME_BYTES + NONCE_BYTES + KEY_BYTES + TAG_BYTES
CHUNK_BYTES = 1 << 20
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES


class TamperedFileError(Exception):
    """The stored bytes are not what was sealed: changed, reordered, cut short or not ours."""


class UnknownMasterKeyError(Exception):
    """The file's key was wrapped by a master key that this process was not given."""


class MasterKeyFormatError(Exception):
    """A master key must be base64 of 32 bytes."""


@dataclass(frozen=True, slots=True, repr=False)
class MasterKey:
    """A key-encryption key; `key_id` tells in a header which one was used."""

    secret: bytes

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(b"ledgerport master key\0" + self.secret).digest()[:KEY_ID_BYTES]


@dataclass(frozen=True, slots=True, repr=False)
class MasterKeys:
    """`current` wraps the keys of new files; the others still open older ones."""

    current: MasterKey
    others: tuple[MasterKey, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "MasterKeys":
        """Read base64 keys separated by commas, the current one first."""
        current, *others = (_decode_key(part.strip()) for part in text.split(","))
        return cls(current, tuple(others))

    def find(self, key_id: bytes) -> MasterKey:
        for key in (self.current, *self.others):
            if key.key_id == key_id:
                return key
        raise UnknownMasterKeyError(
            "this file was sealed under a master key that is not configured"
        )


def _decode_key(text: str) -> MasterKey:
    try:
        secret = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise MasterKeyFormatError("a master key must be base64 of 32 bytes") from error
    if len(secret) != KEY_BYTES:
        raise MasterKeyFormatError("a master key must be base64 of 32 bytes")
    return MasterKey(secret)


class Envelope:
    """One file's opened key: seals and opens its chunks by number."""

    def __init__(self, file_id: bytes, key: bytes) -> None:
        self._bound = MAGIC + file_id
        self._cipher = AESGCM(key)

    def seal(self, number: int, plain: bytes, *, last: bool) -> bytes:
        nonce = _chunk_nonce(number, last=last)
        return self._cipher.encrypt(nonce, plain, self._bound + nonce)

    def unseal(self, number: int, sealed: bytes, *, last: bool) -> bytes:
        nonce = _chunk_nonce(number, last=last)
        try:
            return self._cipher.decrypt(nonce, sealed, self._bound + nonce)
        except InvalidTag as error:
            raise TamperedFileError(f"chunk {number} is not what was sealed") from error


def _chunk_nonce(number: int, *, last: bool) -> bytes:
    # The key is the file's own, so a counter can never repeat a nonce under it.
    return number.to_bytes(NONCE_BYTES - 1, "big") + (b"\1" if last else b"\0")


def make_envelope(keys: MasterKeys) -> tuple[bytes, Envelope]:
    """A header to be stored first, and the envelope that it describes."""
    file_id, key = os.urandom(FILE_ID_BYTES), os.urandom(KEY_BYTES)
    return _wrap(keys.current, file_id, key), Envelope(file_id, key)


def open_envelope(header: bytes, keys: MasterKeys) -> Envelope:
    return Envelope(*_unwrap(header, keys))


def rewrap(header: bytes, keys: MasterKeys) -> bytes:
    """The header under the current master key; the chunks that follow it stay as they are."""
    return _wrap(keys.current, *_unwrap(header, keys))


def _wrap(master: MasterKey, file_id: bytes, key: bytes) -> bytes:
    name = MAGIC + master.key_id + file_id
    nonce = os.urandom(NONCE_BYTES)
    return name + nonce + AESGCM(master.secret).encrypt(nonce, key, name)


def _unwrap(header: bytes, keys: MasterKeys) -> tuple[bytes, bytes]:
    if len(header) != HEADER_BYTES or not header.startswith(MAGIC):
        raise TamperedFileError("this is not a sealed file")
    name, rest = header[:NAME_BYTES], header[NAME_BYTES:]
    master = keys.find(name[len(MAGIC) : len(MAGIC) + KEY_ID_BYTES])
    nonce, wrapped = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
    try:
        key = AESGCM(master.secret).decrypt(nonce, wrapped, name)
    except InvalidTag as error:
        raise TamperedFileError("the header is not what was sealed") from error
    return name[-FILE_ID_BYTES:], key


def encrypt_stream(chunks: Iterable[bytes], keys: MasterKeys) -> Iterator[bytes]:
    """Header first, then one sealed chunk at a time; memory holds about two chunks."""
    header, envelope = make_envelope(keys)
    yield header
    for number, (plain, last) in enumerate(_regroup(chunks, CHUNK_BYTES)):
        yield envelope.seal(number, plain, last=last)


def decrypt_stream(chunks: Iterable[bytes], keys: MasterKeys) -> Iterator[bytes]:
    """The plain bytes; raises TamperedFileError at the first chunk that is not genuine.

    A file cut short is found at its end: whoever must not use half a file waits for the end.
    """
    header, rest = split_header(chunks)
    return decrypt_chunks(open_envelope(header, keys), rest)


def decrypt_chunks(
    envelope: Envelope, chunks: Iterable[bytes], *, first: int = 0, skip: int = 0
) -> Iterator[bytes]:
    """Open the chunks from number `first` on to the file's end, without the first `skip` bytes."""
    for number, (sealed, last) in enumerate(_regroup(chunks, SEALED_CHUNK_BYTES), first):
        plain = envelope.unseal(number, sealed, last=last)
        if skip:
            plain, skip = plain[skip:], max(0, skip - len(plain))
        if plain:
            yield plain


def split_header(chunks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The header, and the stored bytes after it."""
    iterator = iter(chunks)
    taken = b""
    while len(taken) < HEADER_BYTES:
        piece = next(iterator, None)
        if piece is None:
            raise TamperedFileError("the file ends within its header")
        taken += piece
    return taken[:HEADER_BYTES], chain((taken[HEADER_BYTES:],), iterator)


def _regroup(chunks: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """Pieces of exactly `size`, each with "is last"; the last is what is left, maybe nothing."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) > size:
            yield bytes(memoryview(held)[:size]), False
            del held[:size]
    yield bytes(held), True


@dataclass(frozen=True, slots=True)
class ChunkPosition:
    """Where a plain byte is found: its chunk, where that starts as stored, and how far in."""

    number: int
    stored_offset: int
    skip: int


def locate(plain_offset: int) -> ChunkPosition:
    number, skip = divmod(plain_offset, CHUNK_BYTES)
    return ChunkPosition(number, HEADER_BYTES + number * SEALED_CHUNK_BYTES, skip)


def count_plain_bytes(stored_bytes: int) -> int:
    """How many plain bytes a sealed file of this size holds."""
    sealed = stored_bytes - HEADER_BYTES
    if sealed < TAG_BYTES:
        raise TamperedFileError("the file is shorter than an empty one")
    return sealed - TAG_BYTES * -(-sealed // SEALED_CHUNK_BYTES)
