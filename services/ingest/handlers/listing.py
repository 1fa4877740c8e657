"""Rows of an import: pages of them, and the file of those that were rejected."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from contracts.api.imports import RowView
from contracts.findings import explain
from services.files.csv_output import BYTE_ORDER_MARK, format_rows
from services.files.formulas import neutralise_formula, restore_formula
from services.ingest.domain.attempts import RawRow, name_cells
from services.ingest.domain.configuration import find_record_type
from services.ingest.domain.corrections import ErrorRows, error_header
from services.ingest.domain.presentation import present_row
from services.ingest.domain.uploads import Import, Upload
from services.ingest.handlers.encoding import layout_of
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.finding import find_import
from services.ingest.handlers.raw_rows import read_corrected_rows
from services.ingest.repository import decisions, ledger_views

ROWS_PER_STEP: Final = 1_000
Row = dict[str, Any]
# What a row is to be sent again as; None leaves it out.
Change = Callable[[Row, RawRow], RawRow | None]
Chosen = tuple[Row, RawRow]


async def list_rows(
    facilities: Facilities,
    import_id: UUID,
    *,
    after: int,
    outcome: str | None,
    finding: str | None,
    limit: int,
) -> list[RowView]:
    """Rows of the current plan, in their order; none before there is one. Raises ImportMissing."""
    async with facilities.pool.acquire() as connection:
        found = await find_import(connection, import_id)
        if found.plan is None:
            return []
        rows = await ledger_views.list_rows(
            connection, import_id, after=after, outcome=outcome, finding=finding, limit=limit
        )
    return await _view(facilities, found.upload, rows)


async def view_rows(
    facilities: Facilities, import_id: UUID, numbers: Sequence[int]
) -> list[RowView]:
    """These rows as they were last judged. Raises ImportMissing."""
    async with facilities.pool.acquire() as connection:
        found = await find_import(connection, import_id)
        rows = await decisions.find_rows(connection, import_id, numbers)
    return await _view(facilities, found.upload, rows)


async def _view(facilities: Facilities, upload: Upload, rows: Sequence[Row]) -> list[RowView]:
    raw, made = await read_corrected_rows(facilities, upload, [row["row"] for row in rows])
    record_type = find_record_type(upload.record_type)
    views: list[RowView] = []
    for row in rows:
        cells = raw[row["row"]].cells if row["row"] in raw else []
        correction = made.get(row["row"])
        if correction is not None and correction.revision == upload.revision:
            row["attempt"] = max(row["attempt"], correction.attempt)
        views.append(present_row(row, name_cells(upload.columns, cells), record_type))
    return views


async def write_errors(facilities: Facilities, import_id: UUID) -> AsyncIterator[bytes]:
    """The error file as UTF-8 CSV, in pieces: rejected rows, and those held for their errors.

    Raises ImportMissing before the first piece.
    """
    async with facilities.pool.acquire() as connection:
        found = await find_import(connection, import_id)
    return _write_errors(facilities, found)


async def _write_errors(facilities: Facilities, found: Import) -> AsyncIterator[bytes]:
    yield BYTE_ORDER_MARK.encode()
    if found.plan is None:
        for piece in write_chosen(found.upload, [], header=True):
            yield piece
        return
    header = True
    async for rows in choose_rows(facilities, found.upload, lambda _, raw: raw, dismissed=True):
        for piece in write_chosen(found.upload, rows, header=header):
            yield piece
        header = False
    if header:
        for piece in write_chosen(found.upload, [], header=True):
            yield piece


async def choose_rows(
    facilities: Facilities,
    upload: Upload,
    change: Change,
    *,
    finding: str | None = None,
    dismissed: bool = False,
) -> AsyncIterator[list[Chosen]]:
    """Rows that can be corrected, as `change` makes them, in pages that are never empty."""
    after = 0
    while True:
        async with facilities.pool.acquire() as connection:
            rows = await decisions.list_correctable(
                connection,
                upload.import_id,
                after,
                finding=finding,
                dismissed=dismissed,
                limit=ROWS_PER_STEP,
            )
        if not rows:
            return
        raw, _ = await read_corrected_rows(facilities, upload, [row["row"] for row in rows])
        if chosen := list(change_rows(rows, raw, change)):
            yield chosen
        after = rows[-1]["row"]


def change_rows(rows: Sequence[Row], raw: Mapping[int, RawRow], change: Change) -> Iterator[Chosen]:
    for row in rows:
        changed = change(row, raw.get(row["row"], RawRow([])))
        if changed is not None:
            yield row, changed


def write_chosen(upload: Upload, rows: Sequence[Chosen], *, header: bool) -> Iterator[bytes]:
    """Lines of an error file: they name the import and their rows, and can be sent back."""
    layout = layout_of(upload, find_record_type(upload.record_type))
    lines = ErrorRows(upload.import_id, upload.columns, layout.money_columns, _protect)
    laid = [lines.lay_out(row["row"], raw.cells, remarks_of(row)) for row, raw in rows]
    for piece in format_rows([error_header(upload.columns), *laid] if header else laid):
        yield piece.encode()


def _protect(cell: str) -> str:
    """A cell that is protected already gets no second apostrophe, as reading takes one away."""
    return neutralise_formula(restore_formula(cell))


def remarks_of(row: Mapping[str, Any]) -> list[Sequence[Any]]:
    """What was wrong: the validator's violations, or the plan's reason."""
    violations: list[Sequence[Any]] = row["violations"] or []
    if violations or row["reason"] is None:
        return violations
    return [(None, row["reason"], explain(row["reason"]).sentence)]
