"""Archives: one file inside, told by content, bounded, and never half read silently."""

import gzip
import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.files.archives import ArchiveLimits, detect_container, open_plain, read_sample
from services.files.problems import FileProblem

DATA = b"".join(b"row %d,%d\n" % (number, number * 7919 % 1000) for number in range(20_000))
SMALL = ArchiveLimits(max_unpacked_bytes=50_000, ratio_free_bytes=10_000, max_ratio=50)


class OneWay(io.RawIOBase):
    """A stream that cannot seek and gives little at a time, as the object store does."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._stream = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        return self._stream.read(min(size, 1_000) if size >= 0 else 1_000)

    def seekable(self) -> bool:
        return False


def make_zip(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return target.getvalue()


def unpack(data: bytes, limits: ArchiveLimits | None = None) -> bytes:
    stream = open_plain(io.BytesIO(data), limits)
    return b"".join(iter(lambda: stream.read(10_000), b""))


def refusal(data: bytes, limits: ArchiveLimits | None = None) -> str:
    with pytest.raises(FileProblem) as caught:
        unpack(data, limits)
    assert caught.value.way_on.endswith(".")
    return caught.value.code


@pytest.mark.parametrize(
    "data",
    [
        DATA,
        gzip.compress(DATA, mtime=0),
        gzip.compress(DATA[:1000], mtime=0) + gzip.compress(DATA[1000:], mtime=0) + b"\x00" * 700,
        make_zip({"accounts.csv": DATA}),
        make_zip({"accounts.csv": DATA}, zipfile.ZIP_STORED),
        make_zip({"folder/": b"", "folder/a.csv": DATA, "__MACOSX/._a": b"x", ".DS_Store": b"x"}),
    ],
    ids=["plain", "gzip", "gzip of members", "zip", "stored zip", "zip with clutter"],
)
def test_what_is_inside_is_read_whole(data: bytes) -> None:
    assert unpack(data) == DATA


@pytest.mark.parametrize("data", [DATA, gzip.compress(DATA, mtime=0)])
def test_streams_that_cannot_seek_are_read_from_their_first_byte(data: bytes) -> None:
    stream = open_plain(OneWay(data))  # pyright: ignore[reportArgumentType]
    assert read_sample(stream, 5_000) == DATA[:5_000]
    assert b"".join(iter(lambda: stream.read(777), b"")) == DATA[5_000:]


def test_a_sample_is_all_there_is_of_a_short_file() -> None:
    assert read_sample(io.BytesIO(b"abc"), 10) == b"abc"


def test_containers_are_told_by_content() -> None:
    assert detect_container(gzip.compress(b"", mtime=0)) == "gzip"
    assert detect_container(make_zip({})) == "zip"
    assert detect_container(b"a,b\n") == "none"
    assert detect_container(b"") == "none"


def encrypted(data: bytes) -> bytes:
    """The zip with the flag set that says that its entry is encrypted."""
    at = data.index(b"PK\x01\x02") + 8
    return data[:6] + b"\x01" + data[7:at] + b"\x01" + data[at + 1 :]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (make_zip({}), "archive_not_one_file"),
        (make_zip({"a.csv": b"1", "b.csv": b"2"}), "archive_not_one_file"),
        (make_zip({f"f{number}": b"" for number in range(1_001)}), "archive_not_one_file"),
        (make_zip({"[Content_Types].xml": b"<x/>", "xl/a.xml": b""}), "workbook_not_read"),
        (make_zip({"a.csv": DATA}, zipfile.ZIP_BZIP2), "archive_method"),
        (encrypted(make_zip({"a.csv": DATA})), "archive_encrypted"),
        (make_zip({"a.csv": DATA})[:-30], "archive_broken"),
        (b"PK\x03\x04", "archive_broken"),
        (gzip.compress(DATA, mtime=0)[:-9], "archive_broken"),
        (gzip.compress(DATA, mtime=0)[:-1], "archive_broken"),
        (gzip.compress(DATA, mtime=0)[:20], "archive_broken"),
        (b"\x1f\x8b", "archive_broken"),
        (gzip.compress(DATA, mtime=0)[:-8] + b"\x00" * 8, "archive_broken"),
    ],
)
def test_archives_that_cannot_be_read_are_refused(data: bytes, code: str) -> None:
    assert refusal(data) == code


def test_a_damaged_entry_is_found_by_its_checksum() -> None:
    data = bytearray(make_zip({"a.csv": DATA}, zipfile.ZIP_STORED))
    data[5_000] ^= 0xFF
    assert refusal(bytes(data)) == "archive_broken"


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: make_zip({"a.csv": data})])
def test_bombs_are_refused_by_size_and_by_ratio(pack) -> None:
    assert refusal(pack(bytes(range(256)) * 400), SMALL) == "file_too_large"
    assert refusal(pack(b"0" * 40_000), SMALL) == "archive_ratio"


def test_an_entry_that_lies_about_its_size_is_refused() -> None:
    data = make_zip({"a.csv": b"0" * 400_000})
    at = data.index(b"PK\x01\x02") + 24
    lying = data[:at] + struct.pack("<L", 10) + data[at + 4 :]
    assert refusal(lying) == "archive_broken"


def test_a_directory_of_a_million_entries_is_refused_before_it_is_read() -> None:
    data = make_zip({"a.csv": b"1"})
    at = data.index(b"PK\x05\x06")
    lying = data[: at + 12] + struct.pack("<L", 500_000_000) + data[at + 16 :]
    assert refusal(lying) == "archive_not_one_file"


def test_trouble_with_the_stream_itself_is_not_called_a_broken_archive() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 2_000:
                raise ConnectionResetError
            return super().read(min(size or 0, 1_000))

    stream = open_plain(Failing(gzip.compress(DATA, mtime=0)))
    with pytest.raises(ConnectionResetError):
        stream.read(len(DATA))


@given(
    st.binary(max_size=200), st.sampled_from([b"\x1f\x8b\x08", b"PK\x03\x04", b"PK\x05\x06", b""])
)
def test_any_bytes_are_unpacked_or_refused(data: bytes, head: bytes) -> None:
    try:
        unpack(head + data)
    except FileProblem as problem:
        code = problem.code
    else:
        code = ""
    assert code in ("", "archive_broken", "archive_not_one_file", "archive_method")


@given(st.integers(0, 2_000), st.integers(0, 255))
def test_a_changed_byte_never_gives_other_content_silently(place: int, value: int) -> None:
    whole = make_zip({"a.csv": DATA[:3_000]})
    changed = bytearray(whole)
    changed[place % len(whole)] = value
    try:
        content = unpack(bytes(changed))
    except FileProblem:
        return
    assert content == (
        DATA[:3_000] if detect_container(bytes(changed[:4])) == "zip" else bytes(changed)
    )
