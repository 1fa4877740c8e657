"""Public: an export is asked for, is ready, or has failed."""

from typing import Any
from uuid import UUID

from contracts.envelope import Message


class ExportRequested(Message):
    """`query` is contracts.api.exports.ExportQuery as JSON; (`ce_source`, `ce_id`) asks once."""

    query: dict[str, Any]


class ExportReady(Message):
    """`sha256` and `bytes` are of the file as it is downloaded; `ce_source` and `ce_id` are those
    of the request, where an event has asked.
    """

    export_id: UUID
    dataset: str
    format: str
    rows: int
    bytes: int
    sha256: str
    download_url: str
    watermark: int
    expires_at: str
    ce_source: str | None = None
    ce_id: str | None = None


class ExportFailed(Message):
    """`export_id` is null where the query itself could not be run; `ce_source` and `ce_id` are
    those of the request, where an event has asked.
    """

    export_id: UUID | None
    code: str
    sentence: str
    way_on: str
    ce_source: str | None = None
    ce_id: str | None = None
