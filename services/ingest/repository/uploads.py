"""Uploads, their revisions and saved mappings in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from services.chassis.database import Connection
from services.ingest.domain.mappings import Targets
from services.ingest.domain.problems import ImportMissing
from services.ingest.domain.uploads import OwnState, Upload
from services.ingest.repository import QUERIES


@dataclass(frozen=True, slots=True)
class NewUpload:
    """An upload that has been stored, with its first revision."""

    import_id: UUID
    record_type: str
    state: OwnState
    actor: str
    file_name: str
    file_bytes: int
    file_sha256: str
    config: dict[str, Any]
    targets: Targets
    shape: dict[str, Any] | None
    failure: dict[str, str] | None
    corrects: UUID | None


@dataclass(frozen=True, slots=True)
class NewRevision:
    """The next pass over an upload."""

    revision: int
    state: OwnState
    actor: str
    config: dict[str, Any]
    targets: Targets
    shape: dict[str, Any] | None
    failure: dict[str, str] | None


async def insert_upload(connection: Connection, new: NewUpload) -> bool:
    """Whether it was not there before."""
    inserted = await connection.fetchval(
        QUERIES["insert_upload"],
        new.import_id,
        new.record_type,
        new.state,
        new.actor,
        new.file_name,
        new.file_bytes,
        new.file_sha256,
        new.config,
        new.corrects,
        new.failure,
    )
    if inserted:
        revision = NewRevision(
            1, new.state, new.actor, new.config, new.targets, new.shape, new.failure
        )
        await _insert_revision(connection, new.import_id, revision)
    return bool(inserted)


async def begin_revision(connection: Connection, import_id: UUID, new: NewRevision) -> None:
    await connection.execute(
        QUERIES["begin_revision"], import_id, new.revision, new.state, new.config, new.failure
    )
    await _insert_revision(connection, import_id, new)


async def _insert_revision(connection: Connection, import_id: UUID, new: NewRevision) -> None:
    await connection.execute(
        QUERIES["insert_revision"],
        import_id,
        new.revision,
        [list(pair) for pair in new.targets],
        new.config,
        new.shape,
        new.actor,
    )


async def find_upload(connection: Connection, import_id: UUID) -> Upload:
    """Raises ImportMissing."""
    return _upload(await connection.fetchrow(QUERIES["find_upload"], import_id))


async def lock_upload(connection: Connection, import_id: UUID) -> Upload:
    """The upload, and nobody else changes it until the transaction ends. Raises ImportMissing."""
    return _upload(await connection.fetchrow(QUERIES["lock_upload"], import_id))


async def find_uploads(connection: Connection, import_ids: Sequence[UUID]) -> dict[UUID, Upload]:
    rows = await connection.fetch(QUERIES["find_uploads"], import_ids)
    return {row["import_id"]: _upload(row) for row in rows}


async def list_uploads(
    connection: Connection,
    *,
    after: UUID | None,
    record_type: str | None,
    sha256: str | None,
    limit: int,
) -> list[Upload]:
    """The newest first."""
    rows = await connection.fetch(QUERIES["list_uploads"], after, record_type, sha256, limit)
    return [_upload(row) for row in rows]


async def list_seen_before(connection: Connection, import_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """For each import whose bytes were uploaded before, the first of those."""
    rows = await connection.fetch(QUERIES["list_seen_before"], import_ids)
    return {row["import_id"]: row["earlier"] for row in rows if row["earlier"] is not None}


async def list_corrections(
    connection: Connection, import_ids: Sequence[UUID]
) -> dict[UUID, list[UUID]]:
    corrections = dict[UUID, list[UUID]]()
    for row in await connection.fetch(QUERIES["list_corrections"], import_ids):
        corrections.setdefault(row["corrects"], []).append(row["import_id"])
    return corrections


async def set_config(connection: Connection, import_id: UUID, config: dict[str, Any]) -> None:
    await connection.execute(QUERIES["set_config"], import_id, config)


async def advance_config(connection: Connection, import_id: UUID) -> int:
    """The version of the options that the next plan has to be made by."""
    return await connection.fetchval(QUERIES["advance_config"], import_id)


async def request_completion(
    connection: Connection, import_id: UUID, plan_id: UUID, actor: str
) -> None:
    await connection.execute(QUERIES["request_completion"], import_id, plan_id, actor)


async def request_cancellation(connection: Connection, import_id: UUID, actor: str) -> None:
    await connection.execute(QUERIES["request_cancellation"], import_id, actor)


async def save_mapping(
    connection: Connection,
    record_type: str,
    columns_key: bytes,
    *,
    targets: dict[str, str | None],
    actor: str,
) -> None:
    await connection.execute(QUERIES["save_mapping"], record_type, columns_key, targets, actor)


async def find_saved_mapping(
    connection: Connection, record_type: str, columns_key: bytes
) -> dict[str, str | None] | None:
    return await connection.fetchval(QUERIES["find_saved_mapping"], record_type, columns_key)


def _upload(row: asyncpg.Record | None) -> Upload:
    if row is None:
        raise ImportMissing
    return Upload(
        import_id=row["import_id"],
        record_type=row["record_type"],
        state=row["state"],
        revision=row["revision"],
        actor=row["actor"],
        created_at=row["created_at"],
        file_name=row["file_name"],
        file_bytes=row["file_bytes"],
        file_sha256=row["file_sha256"],
        config=row["config"],
        config_version=row["config_version"],
        targets=tuple((column, field) for column, field in row["targets"]),
        table=row["shape"],
        rows_read=row["rows_read"],
        rows=row["rows"],
        failure=row["failure"],
        corrects=row["corrects"],
        completion_plan=row["completion_plan"],
        cancelled_at=row["cancelled_at"],
        revert_asked_at=row["revert_asked_at"],
    )
