"""Imports with both their halves, alone or many at once, and as they are shown."""

from collections.abc import Sequence
from uuid import UUID

from contracts.api.imports import ImportView
from services.chassis.database import Connection
from services.ingest.domain.presentation import present_import
from services.ingest.domain.uploads import Import, Upload
from services.ingest.repository import ledger_views, uploads


async def find_import(connection: Connection, import_id: UUID, *, lock: bool = False) -> Import:
    """Raises ImportMissing. With `lock` nobody else takes a step until the transaction ends."""
    find = uploads.lock_upload if lock else uploads.find_upload
    upload = await find(connection, import_id)
    facts = await ledger_views.find_facts(connection, [import_id])
    return Import(upload, facts.get(import_id))


async def view_import(connection: Connection, found: Import) -> ImportView:
    return (await _view(connection, [found]))[0]


async def view_imports(connection: Connection, some: Sequence[Upload]) -> list[ImportView]:
    """In the order given."""
    facts = await ledger_views.find_facts(connection, [upload.import_id for upload in some])
    return await _view(connection, [Import(one, facts.get(one.import_id)) for one in some])


async def _view(connection: Connection, imports: Sequence[Import]) -> list[ImportView]:
    ids = [found.upload.import_id for found in imports]
    seen = await uploads.list_seen_before(connection, ids)
    corrections = await uploads.list_corrections(connection, ids)
    earlier = await _find_many(connection, set(seen.values()))
    return [
        present_import(
            found,
            seen_before=earlier.get(seen[one]) if one in seen else None,
            corrected_by=corrections.get(one, ()),
        )
        for one, found in zip(ids, imports, strict=True)
    ]


async def _find_many(connection: Connection, import_ids: set[UUID]) -> dict[UUID, Import]:
    if not import_ids:
        return {}
    found = await uploads.find_uploads(connection, list(import_ids))
    facts = await ledger_views.find_facts(connection, list(import_ids))
    return {one: Import(upload, facts.get(one)) for one, upload in found.items()}
