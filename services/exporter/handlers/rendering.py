"""Rendering: one repeatable-read snapshot, copied by the server, compressed and stored as it
flows.
"""

import asyncio

import asyncpg

from contracts.api.exports import ExportQuery
from contracts.events.exports import ExportFailed, ExportReady
from services.chassis import outbox
from services.chassis.clock import utc_now
from services.chassis.crash_points import reach
from services.chassis.database import Connection, in_transaction
from services.chassis.logs import get_logger
from services.chassis.object_store import ObjectStore
from services.exporter.domain.announcements import (
    announce_failure,
    announce_ready,
    download_url,
)
from services.exporter.domain.exports import ExportRecord, Rendered
from services.exporter.domain.files import head, name_object
from services.exporter.domain.queries import add_custom_columns, select
from services.exporter.handlers.streaming import FileStream
from services.exporter.repository import books, exports


class Renderer:
    """Renders one export after another; several may run in one process."""

    def __init__(
        self, pool: asyncpg.Pool, store: ObjectStore, *, public_url: str, kept_days: int
    ) -> None:
        self._pool = pool
        self._store = store
        self._public_url = public_url
        self._kept_days = kept_days

    async def render_next(self) -> bool:
        """Render one export that nobody else renders; false when there is none.

        The guard is a session lock: it is free again when the process that had it has died.
        """
        async with self._pool.acquire() as guard:
            for export_id in await exports.list_open(guard):
                if await exports.try_lock_rendering(guard, export_id):
                    try:
                        export = await exports.begin_rendering(guard, export_id)
                        if export is not None:
                            await self._render(export)
                            return True
                    finally:
                        await exports.unlock_rendering(guard, export_id)
        return False

    async def _render(self, export: ExportRecord) -> None:
        query = ExportQuery.model_validate(export.query)
        file = FileStream(compressed=query.compression == "gzip")
        filling = asyncio.create_task(file.fill(lambda: self._write(query, file)))
        try:
            name = name_object(export.id, export.attempts)
            stored = await self._store.put(name, file.pieces())
            rows, watermark = await filling
        finally:
            filling.cancel()
            await asyncio.gather(filling, return_exceptions=True)
        reach("exporter.after_upload")
        rendered = Rendered(rows, stored.plain_bytes, stored.plain_sha256, watermark)
        await in_transaction(self._pool, lambda one: self._finish(one, export, rendered))

    async def _write(self, query: ExportQuery, file: FileStream) -> tuple[int, int]:
        """The whole table of one snapshot; how many rows, and the snapshot's watermark."""
        selection = select(query)
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            watermark = await books.read_watermark(connection)
            columns = selection.columns
            if selection.custom_columns:
                names = await books.list_custom_fields(connection, selection.source)
                columns = add_custom_columns(selection, names)
            await file.write(head(query, [column.header for column in columns]))
            rows = await books.copy_rows(
                connection,
                selection.source,
                columns,
                selection.formats,
                delimiter=query.locale.delimiter,
                write=file.write,
            )
        return rows, watermark

    async def _finish(
        self, connection: Connection, export: ExportRecord, rendered: Rendered
    ) -> None:
        expires_at = await exports.finish_export(
            connection, export.id, rendered, days=self._kept_days, attempt=export.attempts
        )
        if expires_at is None:
            await self._store.delete(name_object(export.id, export.attempts))
            return
        event = ExportReady(
            export_id=export.id,
            dataset=export.query["dataset"],
            format=export.query["format"],
            rows=rendered.rows,
            bytes=rendered.bytes,
            sha256=rendered.sha256,
            download_url=download_url(self._public_url, export.id),
            watermark=rendered.watermark,
            expires_at=expires_at.isoformat().replace("+00:00", "Z"),
        )
        await outbox.put(connection, [announce_ready(event, utc_now())])

    async def give_up_exhausted(self) -> None:
        """Exports whose every attempt died are failed, and said to be."""
        for export in await exports.list_exhausted(self._pool):
            await in_transaction(self._pool, lambda one, export=export: self._fail(one, export))

    async def _fail(self, connection: Connection, export: ExportRecord) -> None:
        failure = {
            "code": "rendering_failed",
            "sentence": "The export could not be rendered in five attempts.",
            "way_on": "Ask again with a narrower filter; the log of the exporter has the cause.",
        }
        if await exports.fail_export(connection, export.id, failure):
            event = ExportFailed(export_id=export.id, **failure)
            message = announce_failure(event, str(export.id), utc_now())
            await outbox.put(connection, [message])

    async def expire_old(self) -> None:
        for export_id, attempt in await exports.list_expired(self._pool):
            await self._store.delete(name_object(export_id, attempt))
            await exports.expire_export(self._pool, export_id)
            get_logger(__name__).info("export_expired", export_id=str(export_id))
