"""The bulk lane: a batch of rows is judged and its verdicts are acknowledged before it returns."""

import asyncio
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import NamedTuple

from contracts.envelope import READING_HEADER, Reading
from contracts.topics import ROWS_JUDGED
from services.chassis.crash_points import reach
from services.chassis.publishing import BulkWriter, Publisher
from services.validator import measures
from services.validator.domain.received import Row
from services.validator.domain.rows import RowJudge

# The live lane waits for one slice at most.
SLICE_ROWS = 500
ACCEPTED = b'["accepted"'
RULES_VERSION = version("ledgerport")


class ReceivedRow(NamedTuple):
    """A decoded row, with the judge and the header of its revision and its own partition."""

    judge: RowJudge
    reading: bytes
    partition: int
    row: Row


async def judge_rows(publisher: Publisher, rows: Sequence[ReceivedRow]) -> None:
    """Verdicts go to the partition of the same number; their header also says by which rules."""
    writer = BulkWriter(publisher, ROWS_JUDGED.name)
    for part in _slices(rows):
        verdicts = part[0].judge.judge([item.row for item in part])
        headers = [(READING_HEADER, _sign(part[0].reading))]
        for item, verdict in zip(part, verdicts, strict=True):
            writer.append(item.partition, verdict, headers=headers)
        _count(verdicts)
        if writer.full:
            await writer.make_room()
        await asyncio.sleep(0)
    reach("validator.before_send")
    await writer.drain()
    reach("validator.after_send")


@lru_cache(maxsize=256)
def _sign(reading: bytes) -> bytes:
    signed = Reading.from_header(reading).model_copy(update={"validator": RULES_VERSION})
    return signed.to_header()


def _slices(rows: Sequence[ReceivedRow]) -> Iterator[Sequence[ReceivedRow]]:
    """Runs of rows of one revision, none longer than a slice."""
    start = 0
    for index in range(1, len(rows) + 1):
        at_end = index == len(rows) or index - start == SLICE_ROWS
        if at_end or rows[index].reading != rows[start].reading:
            yield rows[start:index]
            start = index


def _count(verdicts: Sequence[bytes]) -> None:
    accepted = sum([verdict.startswith(ACCEPTED) for verdict in verdicts])
    measures.ROWS_JUDGED.labels("accepted").inc(accepted)
    measures.ROWS_JUDGED.labels("rejected").inc(len(verdicts) - accepted)
