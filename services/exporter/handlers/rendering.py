"""Rendering: one repeatable-read snapshot, copied by the server, compressed and stored as it
flows. Who renders when, and what is said of it, is attempting's.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

import asyncpg

from contracts.api.exports import ExportQuery
from services.chassis.object_store import ObjectStore
from services.chassis.selecting import SelectedColumn
from services.exporter.domain.exports import Rendered
from services.exporter.domain.queries import select
from services.exporter.handlers.streaming import Pipe, compress_pieces
from services.exporter.repository import books
from services.files.csv_output import BYTE_ORDER_MARK, LINE_END, format_row
from services.files.formulas import neutralise_formula

Note = Callable[[int], Awaitable[None]]


@dataclass(slots=True)
class _Table:
    """What the writing side knows of the table, once it has ended."""

    rows: int = 0
    watermark: int = 0


async def render(
    pool: asyncpg.Pool, store: ObjectStore, query: ExportQuery, *, name: str, note_estimate: Note
) -> Rendered:
    """Store the file that answers a query; nothing of it is visible unless all of it is there.

    Raises Problem, and what the database or the store raises.
    """
    pipe, table = Pipe(), _Table()
    writing = asyncio.create_task(_write(pool, query, pipe, table, note_estimate=note_estimate))
    try:
        stored = await store.put(name, _pack(query, pipe.read(writing)))
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    return Rendered(table.rows, stored.plain_bytes, stored.plain_sha256, table.watermark)


def _pack(query: ExportQuery, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    return compress_pieces(pieces) if query.compression == "gzip" else pieces


async def _write(
    pool: asyncpg.Pool, query: ExportQuery, pipe: Pipe, table: _Table, *, note_estimate: Note
) -> None:
    """The whole table of one snapshot."""
    selection = select(query)
    async with books.open_snapshot(pool, whole=selection.whole) as snapshot:
        table.watermark = await books.read_watermark(snapshot)
        if selection.all_custom:
            names = await books.list_custom_names(snapshot, selection.source)
            selection = selection.with_custom(names)
        table_parts = (selection.source, selection.columns, selection.formats)
        await note_estimate(await books.estimate_rows(snapshot, *table_parts))
        await pipe.write(format_head(query, selection.columns))
        table.rows = await books.copy_rows(
            snapshot, *table_parts, delimiter=query.locale.delimiter, write=pipe.write
        )
    await pipe.flush()


def format_head(query: ExportQuery, columns: Sequence[SelectedColumn]) -> bytes:
    """The byte order mark, where asked for, and the header line; like all lines it ends in LF."""
    headers = [neutralise_formula(column.header) for column in columns]
    line = format_row(headers, delimiter=query.locale.delimiter).removesuffix(LINE_END)
    mark = BYTE_ORDER_MARK if query.locale.bom else ""
    return f"{mark}{line}\n".encode()
