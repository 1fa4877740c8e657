"""Rows of an import: pages of them, and the file of those that were rejected."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final
from uuid import UUID

from contracts.api.imports import RowView
from contracts.findings import explain
from services.files.csv_output import BYTE_ORDER_MARK, format_rows
from services.files.formulas import neutralise_formula
from services.ingest.domain.configuration import find_record_type
from services.ingest.domain.corrections import ErrorRows, error_header
from services.ingest.domain.presentation import present_row
from services.ingest.domain.uploads import Import
from services.ingest.handlers.encoding import layout_of
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.finding import find_import
from services.ingest.handlers.raw_rows import name_cells, read_raw_rows
from services.ingest.repository import ledger_views

ERROR_ROWS_PER_STEP: Final = 1_000


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
    raw = await read_raw_rows(facilities, found.upload, [row["row"] for row in rows])
    columns = [column for column, _ in found.upload.targets]
    record_type = find_record_type(found.upload.record_type)
    return [
        present_row(row, name_cells(columns, raw.get(row["row"], [])), record_type) for row in rows
    ]


async def write_errors(facilities: Facilities, import_id: UUID) -> AsyncIterator[bytes]:
    """The error file as UTF-8 CSV, in pieces. Raises ImportMissing before the first piece."""
    async with facilities.pool.acquire() as connection:
        found = await find_import(connection, import_id)
    return _write_errors(facilities, found)


async def _write_errors(facilities: Facilities, found: Import) -> AsyncIterator[bytes]:
    upload = found.upload
    columns = [column for column, _ in upload.targets]
    layout = layout_of(upload, find_record_type(upload.record_type))
    lines = ErrorRows(upload.import_id, columns, layout.money_columns, neutralise_formula)
    yield "".join([BYTE_ORDER_MARK, *format_rows([error_header(columns)])]).encode()
    after = 0
    while rows := await _list_rejected(facilities, found, after):
        raw = await read_raw_rows(facilities, upload, [row["row"] for row in rows])
        laid = [lines.lay_out(row["row"], raw.get(row["row"], []), _remarks(row)) for row in rows]
        for piece in format_rows(laid):
            yield piece.encode()
        after = rows[-1]["row"]


async def _list_rejected(
    facilities: Facilities, found: Import, after: int
) -> Sequence[dict[str, Any]]:
    if found.plan is None:
        return ()
    async with facilities.pool.acquire() as connection:
        return await ledger_views.list_rows(
            connection,
            found.upload.import_id,
            after=after,
            outcome="rejected",
            finding=None,
            limit=ERROR_ROWS_PER_STEP,
        )


def _remarks(row: dict[str, Any]) -> list[Sequence[Any]]:
    """What was wrong: the validator's violations, or the plan's reason."""
    violations: list[Sequence[Any]] = row["violations"] or []
    if violations or row["reason"] is None:
        return violations
    return [(None, row["reason"], explain(row["reason"]).sentence)]
