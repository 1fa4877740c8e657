"""A multipart body as a stream of events (RFC 7578): nothing is spooled, memory stays flat."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from services.chassis.problems import Problem

MAX_PARTS: Final = 16
MAX_HEADER_BYTES: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class PartBegins:
    name: str
    file_name: str | None


@dataclass(frozen=True, slots=True)
class PartEnds:
    pass


PartEvent = PartBegins | PartEnds | bytes


def find_boundary(content_type: str) -> bytes:
    """Raises Problem 400 where the header names none."""
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise malformed("The header Content-Type names no boundary.")
    return boundary


def malformed(detail: str) -> Problem:
    return Problem(
        400,
        "malformed_multipart",
        detail,
        way_on="Send multipart/form-data with the parts `config` (JSON) and `file`.",
    )


async def read_parts(
    stream: AsyncIterator[bytes], boundary: bytes
) -> AsyncGenerator[PartEvent, None]:
    """Each part as its beginning, its bytes and its end; raises Problem 400."""
    collector = _Collector()
    parser = _open_parser(boundary, collector)
    async for chunk in stream:
        if not chunk:
            continue
        try:
            parser.write(chunk)
        except FormParserError:
            raise malformed("The body is not well-formed multipart/form-data.") from None
        for event in collector.take():
            yield event
    if not collector.ended:
        raise malformed("The body ends before its last boundary.")


def _open_parser(boundary: bytes, collector: "_Collector") -> MultipartParser:
    try:
        return MultipartParser(
            boundary,
            {
                "on_part_begin": collector.begin,
                "on_part_data": collector.add,
                "on_part_end": collector.end_part,
                "on_header_field": collector.add_header_name,
                "on_header_value": collector.add_header_value,
                "on_header_end": collector.end_header,
                "on_headers_finished": collector.end_headers,
                "on_end": collector.end,
            },
            max_header_size=MAX_HEADER_BYTES,
        )
    except FormParserError:
        raise malformed("The boundary cannot be used.") from None


@dataclass(slots=True)
class _Collector:
    """Gathers what the parser calls out while it is given one chunk."""

    events: list[PartEvent] = field(default_factory=list[PartEvent])
    parts: int = 0
    ended: bool = False
    name: bytes = b""
    value: bytes = b""
    disposition: bytes = b""

    def take(self) -> list[PartEvent]:
        events, self.events = self.events, []
        return events

    def begin(self) -> None:
        self.parts += 1
        self.name = self.value = self.disposition = b""
        if self.parts > MAX_PARTS:
            raise Problem(413, "too_many_parts", f"The body has more than {MAX_PARTS} parts.")

    def add_header_name(self, data: bytes, start: int, end: int) -> None:
        self.name += data[start:end]

    def add_header_value(self, data: bytes, start: int, end: int) -> None:
        self.value += data[start:end]

    def end_header(self) -> None:
        if self.name.strip().lower() == b"content-disposition":
            self.disposition = self.value
        self.name = self.value = b""

    def end_headers(self) -> None:
        _, options = parse_options_header(self.disposition)
        name, file_name = options.get(b"name"), options.get(b"filename")
        if name is None:
            raise malformed("A part has no name.")
        shown = None if file_name is None else file_name.decode("utf-8", "replace")
        self.events.append(PartBegins(name.decode("utf-8", "replace"), shown))

    def add(self, data: bytes, start: int, end: int) -> None:
        self.events.append(data[start:end])

    def end_part(self) -> None:
        self.events.append(PartEnds())

    def end(self) -> None:
        self.ended = True


async def take_part(events: AsyncIterator[PartEvent]) -> AsyncGenerator[bytes, None]:
    """The bytes of the part that has begun, up to its end."""
    async for event in events:
        if isinstance(event, PartEnds):
            return
        if isinstance(event, bytes):
            yield event
    raise malformed("The body ends within a part.")


async def read_small(chunks: AsyncIterator[bytes], limit: int) -> bytes:
    """All bytes; raises Problem 413 above the limit."""
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        if len(held) > limit:
            raise Problem(
                413,
                "too_large",
                f"This is larger than {limit // 1024} KiB.",
                way_on="Send many records as a file: multipart, or one object per line.",
            )
    return bytes(held)
