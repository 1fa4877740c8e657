"""What an export is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """`source` and `event_id` name the event that asked, where one did; `lease_holder` is whoever
    renders it, or has last.
    """

    id: UUID
    state: str
    query: dict[str, Any]
    actor: str
    source: str | None
    event_id: str | None
    file_name: str
    estimated_rows: int | None
    rows: int | None
    bytes: int | None
    sha256: str | None
    watermark: int | None
    failure: dict[str, str] | None
    attempts: int
    lease_holder: UUID | None
    created_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None

    def is_over(self, now: datetime) -> bool:
        """Whether its file is not to be had any more, even before it has been deleted."""
        return self.state == "expired" or (self.expires_at is not None and self.expires_at <= now)


@dataclass(frozen=True, slots=True)
class Rendered:
    """What rendering gave; `bytes` and `sha256` are of the file as downloaded."""

    rows: int
    bytes: int
    sha256: str
    watermark: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no file: a code, a sentence, and what to do."""

    code: str
    sentence: str
    way_on: str

    def as_json(self) -> dict[str, str]:
        return {"code": self.code, "sentence": self.sentence, "way_on": self.way_on}


NOT_RENDERED = Failure(
    "rendering_failed",
    "The export could not be rendered, although it was tried several times.",
    "Ask again, perhaps with a narrower filter; the log of the exporter has the cause.",
)
TOO_SLOW = Failure(
    "rendering_too_slow",
    "The books could not be read within the time limit.",
    "Ask for less: a narrower filter, or fewer columns.",
)
