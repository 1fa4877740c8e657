"""What every handler stands on: the database, the object store, the settings."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from services.chassis.object_store import ObjectStore
from services.files.archives import ArchiveLimits
from services.files.blocks import Limits
from services.ingest.settings import IngestSettings

SAMPLE_BLOCK_BYTES: Final = 32 * 1024


@dataclass(frozen=True, slots=True)
class Facilities:
    """Opened by the process, shared by its handlers."""

    pool: asyncpg.Pool
    store: ObjectStore
    settings: IngestSettings

    @property
    def limits(self) -> Limits:
        return Limits(
            max_file_bytes=self.settings.ingest_file_bytes,
            max_rows=self.settings.ingest_rows,
            max_columns=self.settings.ingest_columns,
        )

    @property
    def archive_limits(self) -> ArchiveLimits:
        return ArchiveLimits(max_unpacked_bytes=self.settings.ingest_file_bytes)


def source_name(import_id: UUID) -> str:
    """The object that holds an upload's bytes."""
    return f"uploads/{import_id}"
