"""The proof of one import or feed: reads everything, compares all, and reports. No printing."""

import tempfile
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Any, BinaryIO, cast

import httpx

from contracts.record_type import RecordType
from contracts.records import record_types
from contracts.topics import LEDGER_CHANGED, RECORDS_SETTLED
from prove import checks
from prove.access import Access, Json, ProofImpossible, UnknownImport, download, get_json
from prove.books import Books, open_books
from prove.changes import Changes
from prove.mapped_rows import FileRow, lay_out, read_file_rows, read_judged_row
from prove.report import Report
from prove.row_postings import PostingsByRow
from prove.row_sums import Aligned, RowSums, align
from prove.settlements import Settlements, Submitted, expected_answer
from prove.topics import read_topic

_COMPARABLE = ("ready", "completed", "reverted")
_TRIES = 3


async def prove(access: Access, identifier: str) -> Report:
    """Of an import or, if there is none of this id, of a feed. Raises as these do."""
    try:
        return await prove_import(access, identifier)
    except UnknownImport:
        return await prove_feed(access, identifier)


async def prove_import(access: Access, import_id: str) -> Report:
    """Raises UnknownImport and ProofImpossible; every other trouble is in the report."""
    path = f"/v1/imports/{import_id}"
    with tempfile.TemporaryFile() as source, access.open_client() as client:
        view = get_json(client, path)
        _demand_comparable(str(view["state"]))
        download(client, f"{path}/source", source)
        tries = 0
        while True:
            report, sums = await _add_up_import(access, client, view, source)
            before, view, tries = view, get_json(client, path), tries + 1
            # Waiting rows may be booked, or all of it reverted, while it is looked at.
            if tries == _TRIES or _is_same(before, view):
                break
            _demand_comparable(str(view["state"]))
    since = datetime.fromisoformat(view["created_at"])
    await _report_changes(report, access, sums, since=since)
    return report


async def prove_feed(access: Access, feed_id: str) -> Report:
    """A feed has no file: its rows are what was judged of each record that its source sent.

    Raises UnknownImport and ProofImpossible.
    """
    path = f"/v1/feeds/{feed_id}"
    with access.open_client() as client:
        view = get_json(client, path)
        tries = 0
        while True:
            report, sums, answers, since = await _add_up_feed(access, view)
            before, view, tries = view, get_json(client, path), tries + 1
            if tries == _TRIES or _is_same(before, view):
                break
    await _report_changes(report, access, sums, since=since)
    if access.kafka_bootstrap is not None:
        told = Settlements(feed_id, answers)
        held = await read_topic(access.kafka_bootstrap, RECORDS_SETTLED.name, told, since=since)
        checks.report_settlements(report, told if held else None, sums.file_rows)
    return report


def _demand_comparable(state: str) -> None:
    if state == "reverting":
        raise ProofImpossible("It is being reverted.", "Wait until it is reverted.")
    if state not in _COMPARABLE:
        raise ProofImpossible(
            f"The import is {state}: there is nothing to prove yet.",
            "Wait until it is ready or completed.",
        )


def _is_same(left: Json, right: Json) -> bool:
    return all(left.get(name) == right.get(name) for name in ("state", "counts", "amounts"))


async def _add_up_import(
    access: Access, client: httpx.Client, view: Json, source: BinaryIO
) -> tuple[Report, RowSums]:
    import_id, state = str(view["id"]), str(view["state"])
    mapping = get_json(client, f"/v1/imports/{import_id}/mapping")
    record_type = record_types()[view["record_type"]]
    layout = lay_out(view, mapping, record_type)
    report = Report(import_id, state)
    sums = RowSums(completed=state != "ready", reverted=state == "reverted")
    source.seek(0)
    async with open_books(access.postgres_dsn) as books:
        shown = {
            row: _show_row(client, import_id, row)
            for row in await books.list_corrected_rows(import_id)
        }
        rows = books.iterate_rows(import_id, record_type, reverted=state == "reverted")
        await _take_all(sums, align(read_file_rows(source, layout, shown), rows), books, import_id)
        await _report_sums(report, view, sums, books=books, record_type=record_type)
    return report, sums


def _show_row(client: httpx.Client, import_id: str, row: int) -> dict[str, str]:
    """The cells that count of a corrected row, by column; none where they are not shown."""
    page = get_json(client, f"/v1/imports/{import_id}/rows", limit=1, starting_after=row - 1)
    items = cast(list[Json], page["data"])
    shown = [cast(dict[str, str], item["raw"]) for item in items if item["row"] == row]
    return shown[0] if shown else {}


async def _add_up_feed(
    access: Access, view: Json
) -> tuple[Report, RowSums, dict[str, Submitted], datetime]:
    """With the answers that its source must have had, by event id, and since when."""
    feed_id = str(view["id"])
    record_type = record_types().get(str(view["record_type"]))
    async with open_books(access.postgres_dsn) as books:
        feed = await books.find_feed(feed_id)
        if feed is None:
            raise UnknownImport(f"There is no import and no feed {feed_id}.")
        if feed["state"] == "reverting":
            raise ProofImpossible("It is being reverted.", "Wait until it is reverted.")
        reverted = feed["state"] == "reverted"
        events = await books.list_submissions(feed_id)
        report = Report(feed_id, str(feed["state"]), kind="feed")
        sums = RowSums(completed=True, reverted=reverted)
        answers: dict[str, Submitted] = {}

        async def pair() -> AsyncGenerator[Aligned]:
            async for book in books.iterate_rows(feed_id, record_type, reverted=reverted):
                event = events.pop(book.row, None)
                if event is not None:
                    answers[event] = expected_answer(book.row, book.bucket, book.reason)
                yield Aligned(book.row, read_judged_row(book) if event else None, book)
            for row in events:
                yield Aligned(row, FileRow(row, None, None), None)

        await _take_all(sums, pair(), books, feed_id)
        await _report_sums(report, view, sums, books=books, record_type=record_type)
    return report, sums, answers, feed["opened_at"]


async def _take_all(
    sums: RowSums, rows: AsyncGenerator[Aligned], books: Books, import_id: str
) -> None:
    postings = PostingsByRow(books.iterate_postings(import_id))
    async with aclosing(rows):
        async for item in rows:
            sums.take(item.row, item.file, item.book)
            for row, stray in await postings.before(item.row):
                sums.take_postings(row, None, stray)
            sums.take_postings(item.row, item.book, await postings.of(item.row))
    for row, stray in await postings.before(None):
        sums.take_postings(row, None, stray)


async def _report_sums(
    report: Report, view: Json, sums: RowSums, *, books: Books, record_type: RecordType | None
) -> None:
    checks.report_rows(report, view, sums)
    checks.report_amounts(report, view, sums)
    checks.report_postings(report, view, sums, completed=sums.completed)
    not_withdrawn: Any = None
    if report.state == "reverted" and record_type is not None:
        not_withdrawn = await books.count_not_withdrawn(report.import_id, record_type.name)
    checks.report_reverts(report, sums, not_withdrawn)
    checks.report_balances(report, await books.list_balances(report.import_id))


async def _report_changes(
    report: Report, access: Access, sums: RowSums, *, since: datetime
) -> None:
    if access.kafka_bootstrap is None:
        report.remarks.append(checks.NO_BROKER)
        return
    told = Changes(report.import_id, applied=len(sums.applied), undone=len(sums.undone))
    held = await read_topic(access.kafka_bootstrap, LEDGER_CHANGED.name, told, since=since)
    checks.report_changes(report, told if held else None, sums)
