"""Upstream records are planned and applied as they come, by the same engine as files."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg

from contracts.events.records_judged import RecordJudged
from contracts.events.records_settled import RecordSettled, SettledFinding
from contracts.findings import explain
from services.chassis import outbox
from services.chassis.clock import utc_now, uuid7
from services.chassis.crash_points import reach
from services.chassis.database import Connection, in_transaction
from services.ledger.books import books
from services.ledger.domain.announcements import announce_settlement
from services.ledger.domain.judged import StagedRows
from services.ledger.domain.options import FEED_OPTIONS, parse_options
from services.ledger.domain.ranges import Range
from services.ledger.handlers.engine import Job, apply_range, plan_rows, prepare
from services.ledger.repository import feeds, imports, plans
from services.ledger.repository.feeds import Feed, FeedKey, KnownSubmission

LIVE_LANE = "live"
AGENCY_CURRENCY = "USD"
UNKNOWN_TYPE = "unknown"


async def settle_batch(pool: asyncpg.Pool, batch: Sequence[RecordJudged]) -> None:
    """Book a batch of upstream records, each once for ever; the answers follow by the outbox."""

    async def work(connection: Connection) -> None:
        left = batch
        while left:
            fresh, left = await _drop_known(connection, left)
            for key, records in _by_feed(fresh):
                await _book(connection, key, records)
        reach("ledger.live_before_commit")

    try:
        await in_transaction(pool, work)
    except asyncpg.UniqueViolationError:
        await in_transaction(pool, work)


async def _drop_known(
    connection: Connection, batch: Sequence[RecordJudged]
) -> tuple[list[RecordJudged], list[RecordJudged]]:
    """What is to be booked, and what shares an id with some of it but says something else: that
    is answered when its namesake is booked.
    """
    identities = sorted({(item.source, item.event_id) for item in batch})
    known = {
        (found.source, found.event_id): found
        for found in await feeds.find_submissions(connection, identities)
    }
    fresh: dict[tuple[str, str], RecordJudged] = {}
    namesakes: list[RecordJudged] = []
    for item in batch:
        identity = (item.source, item.event_id)
        if identity in known:
            await _answer_known(connection, item, known[identity])
        elif fresh.setdefault(identity, item).fingerprint != item.fingerprint:
            namesakes.append(item)
    return list(fresh.values()), namesakes


async def _answer_known(connection: Connection, item: RecordJudged, known: KnownSubmission) -> None:
    """The same event again changes nothing; with other content it is told so."""
    if item.fingerprint == known.fingerprint:
        return
    finding = SettledFinding(code="event_id_reused", sentence=explain("event_id_reused").sentence)
    settled = RecordSettled(
        ce_source=item.source,
        ce_id=item.event_id,
        record_type=item.record_type,
        reference=item.reference,
        outcome="rejected",
        findings=[finding],
        record_id=None,
        feed_id=str(known.import_id),
    )
    await outbox.put(connection, [announce_settlement(settled, utc_now())], lane=LIVE_LANE)


def _by_feed(batch: Sequence[RecordJudged]) -> Iterator[tuple[FeedKey, list[RecordJudged]]]:
    """Grouped by feed, accounts first, so that a payment finds the account of its own batch."""
    today = datetime.now(UTC).date()
    grouped: dict[FeedKey, list[RecordJudged]] = {}
    for item in batch:
        record_type = item.record_type if item.record_type in books() else UNKNOWN_TYPE
        grouped.setdefault(FeedKey(item.source, today, record_type), []).append(item)
    order = [*books(), UNKNOWN_TYPE]
    yield from sorted(
        grouped.items(), key=lambda entry: (order.index(entry[0].record_type), entry[0].source)
    )


async def _book(connection: Connection, key: FeedKey, records: list[RecordJudged]) -> None:
    feed = await feeds.lock_feed(connection, key) or await _open_feed(connection, key)
    first_row = feed.rows + 1
    await feeds.grow_feed(connection, feed, len(records))
    await _stage(connection, feed, first_row, records)
    chunk_numbers: list[int] = []
    for part in _distinct_parts(first_row, records):
        chunk_numbers += await _plan_and_apply(connection, key, feed, part)
    await plans.close_chunks(connection, chunk_numbers, len(records))
    for chunk_no in chunk_numbers:
        await outbox.put_expansion(connection, {"chunk_no": chunk_no}, lane=LIVE_LANE)


async def _open_feed(connection: Connection, key: FeedKey) -> Feed:
    import_id = uuid7()
    import_no = await feeds.create_feed_import(
        connection,
        {
            "import_id": import_id,
            "record_type": key.record_type,
            "config": FEED_OPTIONS,
            "source": key.source,
        },
    )
    await imports.ensure_revision(connection, import_no, 1)
    plan_no = await plans.create_plan(
        connection,
        {
            "plan_id": uuid7(),
            "import_no": import_no,
            "revision": 1,
            "config_version": 1,
            "default_currency": AGENCY_CURRENCY,
            "rows": 0,
            "last_row": 0,
        },
    )
    await feeds.create_feed(connection, key, import_no=import_no, plan_no=plan_no)
    return Feed(import_no, plan_no, 0, import_id)


async def _stage(
    connection: Connection, feed: Feed, first_row: int, records: list[RecordJudged]
) -> None:
    rows = StagedRows()
    judged = [_judged(item, number) for number, item in enumerate(records, first_row)]
    rows.add(judged, import_no=feed.import_no, revision=1)
    await imports.stage_rows(connection, rows)
    await feeds.add_submissions(
        connection,
        {
            "source": records[0].source,
            "event_ids": [item.event_id for item in records],
            "fingerprints": [item.fingerprint for item in records],
            "rows": list(range(first_row, first_row + len(records))),
            "references": [item.reference for item in records],
            "import_no": feed.import_no,
        },
    )


def _judged(item: RecordJudged, row: int) -> list[Any]:
    """The verdict as the bulk lane writes it: remarks are plain arrays, as orjson takes no tuple
    that has names.
    """
    warnings = [list(remark) for remark in item.warnings]
    judged = [item.verdict, row, 1, item.values, item.custom, warnings]
    if item.verdict == "rejected":
        judged += [[list(remark) for remark in item.violations], item.cells]
    return judged


def _distinct_parts(first_row: int, records: list[RecordJudged]) -> Iterator[Range]:
    """Runs of records without a repeated key: of two for one account the later sees the earlier."""
    start = first_row
    seen = set[str]()
    for number, item in enumerate(records, first_row):
        reference = item.reference
        if reference is not None and reference in seen:
            yield Range(1, start, number - 1)
            start = number
            seen = set[str]()
        if reference is not None:
            seen.add(reference)
    yield Range(1, start, first_row + len(records) - 1)


async def _plan_and_apply(
    connection: Connection, key: FeedKey, feed: Feed, part: Range
) -> list[int]:
    plan = await plans.find_plan(connection, feed.plan_no)
    plan = plan._replace(first_row=part.first_row, last_row=part.last_row)
    book = books().get(key.record_type)
    if book is None:
        await plans.reject_range(connection, plan)
        chunk_no = await plans.open_chunk(connection, plan.plan_no, part)
        return [] if chunk_no is None else [chunk_no]
    found = await imports.lock_import(connection, feed.import_no)
    job = Job(found, book, parse_options(FEED_OPTIONS))
    await plan_rows(connection, job, plan)
    await prepare(connection, job, plan)
    phases = (1, 2) if "plan_reversals" in book.plan else (1,)
    chunks = [
        await apply_range(connection, job, plan, part._replace(phase=phase), careful=False)
        for phase in phases
    ]
    return [chunk_no for chunk_no in chunks if chunk_no is not None]
