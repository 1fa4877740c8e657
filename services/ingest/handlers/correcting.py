"""Rows are corrected: before completion as attempts, after it by a new import that corrects the
old one. Which of the two the import's state says.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.api.decisions import BulkReplacement, ReplayRequest, RowCorrection
from contracts.api.imports import ImportConfig, ImportOptions, ImportView, RowView, TableOverrides
from services.chassis.clock import uuid7
from services.chassis.database import Connection, in_transaction
from services.ingest.domain.attempts import RawRow, find_unknown, name_columns, overlay
from services.ingest.domain.decisions import (
    check_may_correct_row,
    demand_completed,
    demand_correctable,
    nothing_to_correct,
)
from services.ingest.domain.file_names import clean_file_name
from services.ingest.domain.problems import RowMissing, refuse_if_any
from services.ingest.domain.states import state_of
from services.ingest.domain.uploads import Import, Upload
from services.ingest.handlers.attempting import make_attempts
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.finding import find_import, view_import
from services.ingest.handlers.listing import (
    ROWS_PER_STEP,
    Chosen,
    change_rows,
    choose_rows,
    view_rows,
    write_chosen,
)
from services.ingest.handlers.raw_rows import RawRows, read_corrected_rows
from services.ingest.handlers.uploading import (
    Caller,
    Opened,
    Received,
    open_upload,
    store_source,
)
from services.ingest.repository import decisions

_OWN_TABLE = TableOverrides(encoding="utf-8", delimiter=",", header_row=1)


async def correct_row(
    facilities: Facilities,
    import_id: UUID,
    row: int,
    *,
    correction: RowCorrection,
    caller: Caller,
) -> RowView | Opened:
    """The row, or the correcting import. Raises ImportMissing, RowMissing, ConfigRefused for
    columns that do not exist, and StepRefused.
    """
    async with facilities.pool.acquire() as connection:
        found = await find_import(connection, import_id)
    if state_of(found) != "completed":
        await _attempt_row(facilities, import_id, row, correction.cells, actor=caller.actor)
        return (await view_rows(facilities, import_id, [row]))[0]
    chosen = await _choose_row(facilities, found, row, correction.cells)
    options = _as_before(found.upload, correction.complete)
    return await _open_correction(facilities, found.upload, options, _once([chosen]), caller=caller)


async def replay_import(
    facilities: Facilities, import_id: UUID, request: ReplayRequest, caller: Caller
) -> Opened:
    """Rejected rows are judged again, by the options of today.

    Raises ImportMissing and StepRefused.
    """
    async with facilities.pool.acquire() as connection:
        found = await find_import(connection, import_id)
    demand_completed(found, "judged again")
    options = _overlay_formats(found.upload, request)
    if "complete" not in request.model_fields_set:
        options["complete"] = found.upload.options.complete
    pages = choose_rows(facilities, found.upload, lambda _, raw: raw, finding=request.finding)
    return await _open_correction(facilities, found.upload, options, pages, caller=caller)


async def replace_cells(
    facilities: Facilities, import_id: UUID, replacement: BulkReplacement, caller: Caller
) -> ImportView | Opened:
    """A cell's whole text in all rows that are rejected, or held for their errors."""
    async with facilities.pool.acquire() as connection:
        found = await find_import(connection, import_id)
    refuse_if_any(find_unknown(found.upload.columns, [replacement.column], "body.column"))
    if state_of(found) != "completed":
        return await _attempt_many(facilities, import_id, replacement, caller.actor)
    change = _Replacing(found.upload, replacement)
    options = _as_before(found.upload, replacement.complete)
    pages = choose_rows(facilities, found.upload, change)
    return await _open_correction(facilities, found.upload, options, pages, caller=caller)


@dataclass(frozen=True, slots=True)
class _Replacing:
    """Sets the cell anew in rows that have the text, and leaves out the others."""

    upload: Upload
    asked: BulkReplacement

    @property
    def cells(self) -> dict[str, str]:
        return {self.asked.column: self.asked.by}

    def __call__(self, _: Mapping[str, Any], raw: RawRow) -> RawRow | None:
        index = self.upload.columns.index(self.asked.column)
        if index >= len(raw.cells) or raw.cells[index] != self.asked.replace:
            return None
        return overlay(self.upload.columns, raw, self.cells)


async def _attempt_row(
    facilities: Facilities, import_id: UUID, row: int, cells: Mapping[str, str], *, actor: str
) -> None:
    async def work(connection: Connection) -> None:
        found = await find_import(connection, import_id, lock=True)
        demand_correctable(found)
        if not await decisions.find_known(connection, import_id, [row]):
            raise RowMissing([row])
        raw, _ = await read_corrected_rows(facilities, found.upload, [row], connection)
        _check_columns(found.upload, raw, row=row, cells=cells)
        await make_attempts(connection, facilities, found.upload, {row: cells}, actor=actor)

    await in_transaction(facilities.pool, work)


async def _attempt_many(
    facilities: Facilities, import_id: UUID, replacement: BulkReplacement, actor: str
) -> ImportView:
    """Page by page in one transaction: all of it, or nothing."""

    async def work(connection: Connection) -> ImportView:
        found = await find_import(connection, import_id, lock=True)
        demand_correctable(found)
        change, after, done = _Replacing(found.upload, replacement), 0, 0
        while rows := await decisions.list_correctable(
            connection, import_id, after, finding=None, dismissed=False, limit=ROWS_PER_STEP
        ):
            after = rows[-1]["row"]
            raw, _ = await read_corrected_rows(
                facilities, found.upload, [row["row"] for row in rows], connection
            )
            changes = {row["row"]: change.cells for row, _ in change_rows(rows, raw, change)}
            if changes:
                await make_attempts(connection, facilities, found.upload, changes, actor=actor)
            done += len(changes)
        if not done:
            raise nothing_to_correct()
        return await view_import(connection, await find_import(connection, import_id))

    return await in_transaction(facilities.pool, work)


async def _choose_row(
    facilities: Facilities, found: Import, row: int, cells: Mapping[str, str]
) -> Chosen:
    async with facilities.pool.acquire() as connection:
        rows = await decisions.find_rows(connection, found.upload.import_id, [row])
    if not rows:
        raise RowMissing([row])
    check_may_correct_row(row, rows[0]["action"])
    raw, _ = await read_corrected_rows(facilities, found.upload, [row])
    _check_columns(found.upload, raw, row=row, cells=cells)
    return rows[0], overlay(found.upload.columns, raw[row], cells)


def _check_columns(upload: Upload, raw: RawRows, *, row: int, cells: Mapping[str, str]) -> None:
    """A row with too many cells has columns of its own: they may be emptied."""
    if row not in raw:
        raise RowMissing([row])
    names = name_columns(upload.columns, len(raw[row].cells))
    refuse_if_any(find_unknown(names, cells, "body.cells"))


def _as_before(upload: Upload, complete: str | None) -> dict[str, Any]:
    return {"complete": complete or upload.options.complete}


def _overlay_formats(upload: Upload, request: ImportOptions) -> dict[str, Any]:
    """What the request says; of the formats what it leaves out is as it was."""
    said = request.model_dump(exclude_unset=True, exclude={"finding"})
    if "formats" in said:
        said["formats"] = {**upload.options.formats.model_dump(), **said["formats"]}
    return said


async def _open_correction(
    facilities: Facilities,
    upload: Upload,
    options: Mapping[str, Any],
    pages: AsyncIterator[list[Chosen]],
    *,
    caller: Caller,
) -> Opened:
    """An import like one of an error file that was corrected and sent back. Raises StepRefused."""
    first = await anext(pages, None)
    if first is None:
        raise nothing_to_correct()
    config = ImportConfig.model_validate(
        {
            "table": _OWN_TABLE,
            **options,
            "record_type": upload.record_type,
            "corrects": upload.import_id,
        }
    )
    import_id = uuid7()
    stored = await store_source(facilities, import_id, _write(upload, first, pages))
    name = clean_file_name(f"corrections-of-{upload.file_name}")
    name = name if name.lower().endswith(".csv") else f"{name}.csv"
    return await open_upload(facilities, Received(import_id, name, stored), config, caller)


async def _write(
    upload: Upload, first: list[Chosen], pages: AsyncIterator[list[Chosen]]
) -> AsyncIterator[bytes]:
    for piece in write_chosen(upload, first, header=True):
        yield piece
    async for page in pages:
        for piece in write_chosen(upload, page, header=False):
            yield piece


async def _once(page: list[Chosen]) -> AsyncIterator[list[Chosen]]:
    yield page
