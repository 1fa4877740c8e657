"""Request bodies: how long, how slow, and what kind of JSON. It knows no paths."""

import asyncio
import json
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from services.chassis.problems import Problem

SILENCE_SECONDS = 30.0
# Parsing more than this would hold up the other requests of the process.
PARSED_AT_ONCE_BYTES = 64 * 1024


class BodyRefused(HTTPException):
    """A problem met while a body is read, where FastAPI lets only its own exceptions pass."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.status, problem.detail, problem.headers)
        self.problem = problem


class GuardedBody:
    """The messages of one body, counted and timed; what was read ahead is given again."""

    def __init__(
        self, receive: Receive, *, limit: int, silence_seconds: float = SILENCE_SECONDS
    ) -> None:
        self._receive = receive
        self._limit = limit
        self._silence_seconds = silence_seconds
        self._read_ahead: list[Message] = []
        self._ended = False
        self._seen_bytes = 0

    async def receive(self) -> Message:
        return self._read_ahead.pop(0) if self._read_ahead else await self._next()

    async def check_json(self) -> None:
        """Read all of it and parse it; raises BodyRefused."""
        while not self._ended:
            self._read_ahead.append(await self._next())
        text = b"".join(message.get("body", b"") for message in self._read_ahead)
        try:
            if len(text) > PARSED_AT_ONCE_BYTES:
                await asyncio.to_thread(parse_json, text)
            elif text:
                parse_json(text)
        except Problem as problem:
            raise BodyRefused(problem) from problem

    async def _next(self) -> Message:
        if self._ended:
            # What is waited for now is the end of the connection, however long that takes.
            return await self._receive()
        try:
            async with asyncio.timeout(self._silence_seconds):
                message = await self._receive()
        except TimeoutError as error:
            raise BodyRefused(_too_slow()) from error
        self._ended = message["type"] != "http.request" or not message.get("more_body", False)
        self._seen_bytes += len(message.get("body", b""))
        if self._seen_bytes > self._limit:
            raise BodyRefused(too_large(self._limit))
        return message


def check_length(headers: dict[bytes, bytes], limit: int) -> None:
    """Refuse a body by what its header says; raises Problem."""
    length = headers.get(b"content-length")
    if length is None:
        return
    if not length.isdigit() or len(length) > 18:
        raise Problem(400, "bad_content_length", "The header Content-Length is not a number.")
    if int(length) > limit:
        raise too_large(limit)


def too_large(limit: int) -> Problem:
    return Problem(
        413,
        "too_large",
        f"The request is larger than {limit // (1024 * 1024)} MiB.",
        way_on="Compress the file, or split it.",
    )


def _too_slow() -> Problem:
    return Problem(
        408,
        "body_too_slow",
        "The body did not arrive in time.",
        way_on="Send the request again over a faster connection.",
        headers={"Connection": "close"},
    )


def is_json(headers: dict[bytes, bytes]) -> bool:
    kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    return kind == b"application/json" or kind.endswith(b"+json")


def parse_json(text: bytes) -> Any:
    """JSON as RFC 8259 has it: no NaN, no lone surrogates, no name twice. Raises Problem 400.

    Two passes: orjson is strict about text, but takes the last of two equal names and makes floats
    of long integers; the standard parser keeps integers exact and shows the names.
    """
    try:
        orjson.loads(text)
        return json.loads(text, object_pairs_hook=_refuse_repeated_names, parse_float=_parse_finite)
    except RepeatedNameError:
        raise _malformed("In one object a name stands twice.") from None
    except (ValueError, RecursionError):
        raise _malformed("The body is not valid JSON.") from None


class RepeatedNameError(Exception):
    """An object has two members of one name."""


def _malformed(detail: str) -> Problem:
    return Problem(400, "malformed_json", detail)


def _refuse_repeated_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise RepeatedNameError
    return members


def _parse_finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return value
