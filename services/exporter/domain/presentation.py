"""How an export looks from outside."""

from datetime import datetime

from contracts.api.exports import ExportView
from services.exporter.domain.announcements import rfc3339
from services.exporter.domain.exports import ExportRecord


def present(export: ExportRecord) -> ExportView:
    path = f"/v1/exports/{export.id}"
    links = {"self": path} | ({"file": f"{path}/file"} if export.state == "ready" else {})
    return ExportView.model_validate(
        {
            "id": export.id,
            "state": export.state,
            "query": export.query,
            "rows": export.rows,
            "bytes": export.bytes,
            "sha256": export.sha256,
            "file_name": export.file_name,
            "watermark": export.watermark,
            "created_at": rfc3339(export.created_at),
            "ready_at": _time(export.ready_at),
            "expires_at": _time(export.expires_at),
            "actor": export.actor,
            "failure": export.failure,
            "links": links,
            "estimated_rows": export.estimated_rows,
        }
    )


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)
