"""The proof of one import: reads everything, compares everything, and reports. No printing."""

import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import datetime
from typing import BinaryIO, cast

import httpx

from contracts.record_type import RecordType
from contracts.records import record_types
from prove.access import Access, Json, ProofImpossible, UnknownImport
from prove.amounts import in_major_units
from prove.books import Books, Posting, open_books
from prove.changes import Changes, read_changes
from prove.mapped_rows import Layout, lay_out, read_file_rows
from prove.report import Report
from prove.row_sums import BUCKETS, RowSums, align

_COMPARABLE = ("ready", "completed", "reverting", "reverted")
_PIECE = 1024 * 1024


async def prove_import(access: Access, import_id: str) -> Report:
    """Raises UnknownImport and ProofImpossible; every other trouble is in the report."""
    with tempfile.TemporaryFile() as source, access.open_client() as client:
        view = _get(client, f"/v1/imports/{import_id}")
        if view["state"] not in _COMPARABLE:
            raise ProofImpossible(
                f"The import is {view['state']}: there is nothing to prove yet.",
                "Wait until it is ready or completed.",
            )
        mapping = _get(client, f"/v1/imports/{import_id}/mapping")
        _download(client, f"/v1/imports/{import_id}/source", source)
        source.seek(0)
        record_type = record_types()[view["record_type"]]
        layout = lay_out(view, mapping, record_type)
        report = Report(import_id=str(view["id"]), state=view["state"])
        async with open_books(access.postgres_dsn) as books:
            sums = await _add_up(books, view, record_type, layout=layout, source=source)
            _report_rows(report, view, sums)
            _report_amounts(report, view, sums)
            _report_postings(report, sums)
            await _report_balances(report, books)
    await _report_changes(report, access, view, sums)
    return report


def _get(client: httpx.Client, path: str) -> Json:
    try:
        response = client.get(path)
    except httpx.TransportError as error:
        raise ProofImpossible(f"The API does not answer: {error}.") from None
    if response.status_code in (404, 422):
        raise UnknownImport(f"There is no import {path.split('/')[3]}.")
    _demand_success(response)
    return response.json()


def _download(client: httpx.Client, path: str, target: BinaryIO) -> None:
    with client.stream("GET", path) as response:
        _demand_success(response)
        for piece in response.iter_bytes(_PIECE):
            target.write(piece)


def _demand_success(response: httpx.Response) -> None:
    if response.is_error:
        raise ProofImpossible(
            f"{response.request.url.path} answered {response.status_code}.",
            "The key needs the scope imports:read.",
        )


async def _add_up(
    books: Books, view: Json, record_type: RecordType, *, layout: Layout, source: BinaryIO
) -> RowSums:
    completed = view["state"] == "completed"
    sums = RowSums(record_type.name, completed=completed)
    import_id = str(view["id"])
    rows = align(
        read_file_rows(source, layout), books.iterate_rows(import_id, record_type.amount_field)
    )
    postings = _Postings(books.iterate_postings(import_id))
    async with aclosing(rows):
        async for item in rows:
            sums.take(item.row, item.file, item.book)
            for row, stray in await postings.before(item.row):
                sums.take_postings(row, None, stray)
            sums.take_postings(item.row, item.book, await postings.of(item.row))
    for row, stray in await postings.before(None):
        sums.take_postings(row, None, stray)
    return sums


class _Postings:
    """Postings in row order, handed out row by row."""

    def __init__(self, postings: AsyncIterator[Posting]) -> None:
        self._postings = postings
        self._next: Posting | None = None
        self._started = False

    async def _peek(self) -> Posting | None:
        if not self._started:
            self._started = True
            self._next = await anext(self._postings, None)
        return self._next

    async def of(self, row: int) -> list[Posting]:
        taken: list[Posting] = []
        while (posting := await self._peek()) is not None and posting.row == row:
            taken.append(posting)
            self._next = await anext(self._postings, None)
        return taken

    async def before(self, row: int | None) -> list[tuple[int, list[Posting]]]:
        """Postings of rows that do not exist."""
        stray: list[tuple[int, list[Posting]]] = []
        while (posting := await self._peek()) is not None and (row is None or posting.row < row):
            stray.append((posting.row, await self.of(posting.row)))
        return stray


def _report_rows(report: Report, view: Json, sums: RowSums) -> None:
    counted = sum(sums.counts[bucket] for bucket in BUCKETS)
    report.compare(
        "rows of the file = rows in the seven buckets",
        f"{sums.file_rows:,}",
        f"{counted:,}",
        sums.breaks.where("rows"),
    )
    shown = cast(dict[str, int], view["counts"])
    report.compare(
        "counts as shown",
        _words({name: sums.counts[name] for name in BUCKETS}),
        _words({name: shown.get(name, 0) for name in BUCKETS}),
    )


def _report_amounts(report: Report, view: Json, sums: RowSums) -> None:
    shown = cast(dict[str, dict[str, int]], view["amounts"])
    for currency in sorted(sums.amounts.keys() | shown.keys()):
        of_currency = sums.amounts.get(currency, Counter[str]())
        report.compare(
            f"{currency} of the file = {currency} in the seven buckets",
            in_major_units(sums.file_amounts[currency], currency),
            in_major_units(sum(of_currency.values()), currency),
            sums.breaks.where("amounts"),
        )
        report.compare(
            f"{currency} as shown",
            _words({name: of_currency.get(name, 0) for name in BUCKETS}),
            _words({name: shown.get(currency, {}).get(name, 0) for name in BUCKETS}),
        )


def _report_postings(report: Report, sums: RowSums) -> None:
    where = sums.breaks.where("postings")
    for currency in sorted(sums.planned.keys() | sums.posted.keys()):
        report.compare(
            f"{currency} planned of applied rows = {currency} posted",
            in_major_units(sums.planned[currency], currency),
            in_major_units(sums.posted[currency], currency),
            where,
        )
    if not (sums.planned or sums.posted):
        report.compare("nothing applied = nothing posted", 0, 0, where)


async def _report_balances(report: Report, books: Books) -> None:
    found = await books.check_balances(report.import_id)
    report.compare(
        "balance of each touched account = sum of its postings",
        f"{found.accounts:,} accounts",
        f"{found.accounts - found.broken:,} accounts",
        f"account {found.example}" if found.broken else "",
    )


async def _report_changes(report: Report, access: Access, view: Json, sums: RowSums) -> None:
    if access.kafka_bootstrap is None:
        report.remarks.append(
            "The events were not looked at: the connection does not say where the broker is."
        )
        return
    since = datetime.fromisoformat(view["created_at"])
    expected = sums.applied_rows
    changes = await read_changes(
        access.kafka_bootstrap, report.import_id, since=since, expected=expected
    )
    if changes.expired:
        report.remarks.append(
            "The events were not compared: the topic no longer holds all of that time."
        )
        return
    report.compare(
        "one ledger-changed event per applied row",
        f"{expected:,}",
        f"{len(changes):,}",
        _first_wrong_change(changes, sums),
    )


def _first_wrong_change(changes: Changes, sums: RowSums) -> str:
    if changes.ambiguous:
        return f"row {min(changes.ambiguous)}: events with different ids"
    rows = changes.rows
    missing = next((row for row, flag in enumerate(sums.applied) if flag and row not in rows), None)
    if missing is not None:
        return f"row {missing}: no event"
    extra = [row for row in rows if row >= len(sums.applied) or not sums.applied[row]]
    return f"row {min(extra)}: an event without a change" if extra else ""


def _words(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items() if count) or "none"
