"""What an export is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ExportRecord:
    id: UUID
    state: str
    query: dict[str, Any]
    actor: str
    asked_by_event: str | None
    file_name: str
    rows: int | None
    bytes: int | None
    sha256: str | None
    watermark: int | None
    failure: dict[str, str] | None
    attempts: int
    created_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Rendered:
    """What rendering gave; `bytes` and `sha256` are of the file as downloaded."""

    rows: int
    bytes: int
    sha256: str
    watermark: int
