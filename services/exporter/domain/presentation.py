"""How an export looks from outside."""

from datetime import datetime
from typing import Any

from services.exporter.domain.exports import ExportRecord


def present(export: ExportRecord) -> dict[str, Any]:
    """contracts.api.exports.ExportView as JSON."""
    path = f"/v1/exports/{export.id}"
    links = {"self": path} | ({"file": f"{path}/file"} if export.state == "ready" else {})
    return {
        "id": str(export.id),
        "state": export.state,
        "query": export.query,
        "rows": export.rows,
        "bytes": export.bytes,
        "sha256": export.sha256,
        "file_name": export.file_name,
        "watermark": export.watermark,
        "created_at": _time(export.created_at),
        "ready_at": _time(export.ready_at),
        "expires_at": _time(export.expires_at),
        "actor": export.actor,
        "failure": export.failure,
        "links": links,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
