"""Archives around one file: gzip and zip, told by content; unpacked as streams, within limits."""

from __future__ import annotations

import errno
import io
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, Final, Literal, NamedTuple

from services.files.blocks import GIB, MIB
from services.files.problems import FileProblem

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Container = Literal["none", "gzip", "zip"]
_PIECE_BYTES: Final = 64 * 1024
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
_HEAD_BYTES: Final = 4
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ENCRYPTED_FLAG: Final = 0x1
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    NotImplementedError,
)
_END_RECORD: Final = struct.Struct("<4s4H2LH")
_LONGEST_END_RECORD: Final = _END_RECORD.size + 0xFFFF
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Bounds against archive bombs; the ratio counts only above `ratio_free_bytes` unpacked."""

    max_unpacked_bytes: int = 4 * GIB
    max_entries: int = 1_000
    max_ratio: int = 250
    ratio_free_bytes: int = 64 * MIB


def detect_container(head: bytes) -> Container:
    """What the first four bytes say."""
    if head.startswith(_GZIP):
        return "gzip"
    return "zip" if head.startswith(_ZIP) else "none"


def open_plain(stream: BinaryIO, limits: ArchiveLimits | None = None) -> BinaryIO:
    """The plain bytes of a file: itself, or what is inside a gzip file or a zip of one file.

    Memory stays flat. A zip needs a seekable stream, as its directory stands at its end. Raises
    FileProblem, here or while reading, for archives that are broken, encrypted or above limits.
    """
    limits = limits or ArchiveLimits()
    head, whole = _peek(stream)
    container = detect_container(head)
    if container == "gzip":
        return _as_stream(_within_limits(_gunzip(whole), limits))
    if container == "zip":
        return _as_stream(_within_limits(_unzip(whole, limits), limits))
    return whole


def read_sample(stream: BinaryIO, byte_count: int) -> bytes:
    """So many first bytes, or all there are, also from streams that give less than asked for."""
    pieces: list[bytes] = []
    missing = byte_count
    while missing > 0 and (piece := stream.read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


class _Unpacked(NamedTuple):
    """A piece of plain bytes, and how many packed bytes have been read up to it."""

    plain: bytes
    packed_bytes: int


class _PieceReader(io.RawIOBase):
    """A readable stream over pieces of bytes that are made one by one."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        target = memoryview(buffer).cast("B")
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _as_stream(pieces: Iterator[bytes]) -> BinaryIO:
    return io.BufferedReader(_PieceReader(pieces), _PIECE_BYTES)


def _peek(stream: BinaryIO) -> tuple[bytes, BinaryIO]:
    head = read_sample(stream, _HEAD_BYTES)
    if stream.seekable():
        stream.seek(-len(head), io.SEEK_CUR)
        return head, stream
    return head, _as_stream(chain([head], _pieces_of(stream)))


def _pieces_of(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(_PIECE_BYTES):
        yield piece


def _within_limits(pieces: Iterator[_Unpacked], limits: ArchiveLimits) -> Iterator[bytes]:
    """Count what really comes out: what an archive says of itself may be a lie."""
    unpacked = 0
    for plain, packed_bytes in pieces:
        unpacked += len(plain)
        _check_bounds(unpacked, packed_bytes, limits)
        if plain:
            yield plain


def _check_bounds(unpacked: int, packed: int, limits: ArchiveLimits) -> None:
    if unpacked > limits.max_unpacked_bytes:
        raise FileProblem(
            "file_too_large",
            f"Unpacked, the file is larger than {limits.max_unpacked_bytes // MIB} MiB.",
            "Split it into several files.",
        )
    if unpacked > max(limits.ratio_free_bytes, packed * limits.max_ratio):
        raise FileProblem(
            "archive_ratio",
            "The archive unpacks to far more than a table would.",
            "Upload the file unpacked.",
        )


def _gunzip(stream: BinaryIO) -> Iterator[_Unpacked]:
    """All members of a gzip file (RFC 1952: they may follow one another), padding zeros ignored."""
    unpacker = zlib.decompressobj(wbits=_GZIP_WINDOW)
    packed, between_members = 0, False
    try:
        while data := stream.read(_PIECE_BYTES):
            packed += len(data)
            while data := data.lstrip(b"\x00") if between_members else data:
                if between_members:
                    unpacker = zlib.decompressobj(wbits=_GZIP_WINDOW)
                yield _Unpacked(unpacker.decompress(data, _PIECE_BYTES), packed)
                between_members = unpacker.eof
                data = unpacker.unused_data if between_members else unpacker.unconsumed_tail
        while not unpacker.eof and (plain := unpacker.decompress(b"", _PIECE_BYTES)):
            yield _Unpacked(plain, packed)
    except zlib.error:
        raise broken_archive() from None
    if not unpacker.eof:
        raise broken_archive()


def _unzip(stream: BinaryIO, limits: ArchiveLimits) -> Iterator[_Unpacked]:
    if not stream.seekable():
        raise ValueError("a zip archive needs a seekable stream")
    _check_directory(stream, limits)
    with _calling_it_broken():
        archive = zipfile.ZipFile(stream)
        return _read_entry(archive, _find_only_file(archive, limits))


@contextmanager
def _calling_it_broken() -> Generator[None]:
    """What zipfile raises over broken bytes; trouble with the stream itself goes through."""
    try:
        yield
    except _BROKEN:
        raise broken_archive() from None
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise broken_archive() from None


def _check_directory(stream: BinaryIO, limits: ArchiveLimits) -> None:
    """Before zipfile reads the whole directory: what its end record says (APPNOTE 4.3.16)."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - _LONGEST_END_RECORD))
    tail = stream.read(_LONGEST_END_RECORD)
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) - found < _END_RECORD.size:
        raise broken_archive()
    _, _, _, _, entries, directory_bytes, _, _ = _END_RECORD.unpack_from(tail, found)
    if entries > limits.max_entries or directory_bytes > limits.max_entries * MIB // 1_000:
        raise _not_one_file("The archive has far too many entries.")


def _find_only_file(archive: zipfile.ZipFile, limits: ArchiveLimits) -> zipfile.ZipInfo:
    entries = archive.infolist()
    if len(entries) > limits.max_entries:
        raise _not_one_file(f"The archive has {len(entries)} entries.")
    if any(entry.filename == "[Content_Types].xml" for entry in entries):
        raise FileProblem(
            "workbook_not_read",
            "This is an Excel workbook or another Office document.",
            "Save the sheet as CSV (UTF-8), and upload that.",
        )
    files = [entry for entry in entries if not _is_clutter(entry)]
    if len(files) != 1:
        raise _not_one_file(f"The archive holds {len(files)} files.")
    entry = files[0]
    if entry.flag_bits & _ENCRYPTED_FLAG:
        raise FileProblem(
            "archive_encrypted", "The archive is encrypted.", "Upload it without a password."
        )
    if entry.compress_type not in _METHODS:
        raise FileProblem(
            "archive_method",
            "The archive is packed by a method that is not read.",
            "Pack it as an ordinary zip, or as gzip.",
        )
    _check_bounds(entry.file_size, entry.compress_size, limits)
    return entry


def _is_clutter(entry: zipfile.ZipInfo) -> bool:
    """Folders, and what macOS and Windows put beside files."""
    base = entry.filename.rsplit("/", 1)[-1]
    return (
        entry.is_dir()
        or entry.filename.startswith("__MACOSX/")
        or base in (".DS_Store", "Thumbs.db", "desktop.ini")
    )


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[_Unpacked]:
    """Reading checks the CRC; an entry that is longer or shorter than it says is broken."""
    with _calling_it_broken(), archive.open(entry) as file:
        while piece := file.read(_PIECE_BYTES):
            yield _Unpacked(piece, entry.compress_size)


def _not_one_file(sentence: str) -> FileProblem:
    return FileProblem(
        "archive_not_one_file", sentence, "Pack exactly one file, or upload the files one by one."
    )


def broken_archive() -> FileProblem:
    return FileProblem(
        "archive_broken",
        "The archive is broken or was cut off.",
        "Pack it again, and upload it again.",
    )
