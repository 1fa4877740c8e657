"""Records as messages on `records-submitted`: read from lines, named repeatably, sent with acks."""

# aiokafka comes without types
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, cast

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from cli.failures import NOT_FOUND, USAGE, CommandFailure
from contracts.envelope import cloud_event_headers
from contracts.topics import RECORDS_SUBMITTED

Json = dict[str, Any]
_IN_FLIGHT = 1000


class Submission(NamedTuple):
    """One record to send; (`source`, `event_id`) identifies it for ever."""

    source: str
    event_id: str
    record_type: str
    record: Json

    @property
    def identity(self) -> tuple[str, str]:
        return self.source, self.event_id

    @property
    def key(self) -> bytes:
        """The account number keeps the records of one account near each other."""
        number = self.record.get("AccountNumber")
        return str(number or self.event_id).encode()


def read_submissions(path: Path, *, record_type: str | None, source: str) -> list[Submission]:
    """One record per line: bare, or `{"record_type", "record", "id"?, "source"?}`.

    Without an id, file content and line number name the record: the same file sent again is the
    same events, and changes nothing.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise CommandFailure(f"There is no file {path}.", exit_code=NOT_FOUND) from None
    digest = hashlib.sha256(content).hexdigest()[:16]
    return [
        _to_submission(value, f"{digest}-{line}", record_type, source, place=f"{path}:{line}")
        for line, value in _parse_lines(path, content)
    ]


def _parse_lines(path: Path, content: bytes) -> Iterator[tuple[int, Json]]:
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, parse_float=_refuse_fraction)
        except ValueError as error:
            raise CommandFailure(
                f"{path}:{number}: {error}. Nothing was sent.", exit_code=USAGE
            ) from None
        if not isinstance(value, dict):
            raise CommandFailure(
                f"{path}:{number} is no JSON object. Nothing was sent.", exit_code=USAGE
            )
        yield number, cast(Json, value)


def _refuse_fraction(text: str) -> Any:
    raise ValueError(f'{text} is not exact as a JSON number: write it as text, "{text}"')


def _to_submission(
    value: Json, event_id: str, record_type: str | None, source: str, *, place: str
) -> Submission:
    if "record" in value:
        named = value.get("record_type") or record_type
        record = value["record"]
        event_id, source = str(value.get("id") or event_id), str(value.get("source") or source)
    else:
        named, record = record_type, value
    if not named:
        raise CommandFailure(
            f"{place} does not say its record type. Nothing was sent.",
            "Give --type, or write lines as {'record_type': …, 'record': {…}}.",
            exit_code=USAGE,
        )
    if not isinstance(record, dict):
        raise CommandFailure(f"{place}: `record` is no object.", exit_code=USAGE)
    return Submission(source, event_id, str(named), cast(Json, record))


@asynccontextmanager
async def open_producer(bootstrap: str) -> AsyncGenerator[AIOKafkaProducer]:
    """A producer that has lost nothing once its sends are awaited."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=2
    )
    try:
        await producer.start()
    except KafkaError as error:
        await producer.stop()
        raise CommandFailure(
            f"The broker at {bootstrap} does not answer: {error}.",
            "`ledgerport doctor` looks at every part.",
        ) from None
    try:
        yield producer
    finally:
        await producer.stop()


async def send(producer: AIOKafkaProducer, submission: Submission) -> asyncio.Future[Any]:
    """Hand one record to the producer; its future is done when the broker has it for certain."""
    return await producer.send(
        RECORDS_SUBMITTED.name,
        key=submission.key,
        value=json.dumps(
            {"record_type": submission.record_type, "record": submission.record},
            ensure_ascii=False,
        ).encode(),
        # aiokafka takes a list only
        headers=list(
            cloud_event_headers(
                event_id=submission.event_id,
                source=submission.source,
                event_type=RECORDS_SUBMITTED.event_type,
                time=datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            )
        ),
    )


async def send_all(producer: AIOKafkaProducer, submissions: Iterable[Submission]) -> int:
    """Send them in order and wait for every acknowledgement; how many."""
    waiting: list[asyncio.Future[Any]] = []
    sent = 0
    try:
        for submission in submissions:
            waiting.append(await send(producer, submission))
            sent += 1
            if len(waiting) >= _IN_FLIGHT:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)
    except KafkaError as error:
        raise CommandFailure(
            f"The broker did not take every record: {error}.",
            "Send the file again: what was taken already changes nothing.",
        ) from None
    return sent
