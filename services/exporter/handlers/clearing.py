"""The end of files: what has expired, failed or was cancelled keeps no object."""

import asyncpg

from services.chassis.logs import get_logger
from services.chassis.object_store import ObjectStore
from services.exporter.domain.files import name_object
from services.exporter.repository import exports


async def clear_files(pool: asyncpg.Pool, store: ObjectStore) -> None:
    """First nobody can download, then nothing is left: a crash between is taken up again."""
    for export_id in await exports.expire_exports(pool):
        get_logger(__name__).info("export_expired", export_id=str(export_id))
    for export in await exports.list_uncleared(pool):
        for attempt in range(1, export.attempts + 1):
            await store.delete(name_object(export.id, attempt))
        await exports.note_cleared(pool, export.id)
