"""How an export's file is called and kept."""

import re
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from contracts.api.exports import ExportQuery

_UNSAFE = re.compile(r"[^\w.\- ]+")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._ -]")
_LONGEST_STEM = 200
MEDIA_TYPES = {"none": "text/csv; charset=utf-8", "gzip": "application/gzip"}


def name_file(query: ExportQuery, export_id: UUID, asked_at: datetime) -> str:
    """`accounts-2026-11-24-0190c3b2.csv`, or the chosen name with the right ending.

    A chosen name may hold `{dataset}`, `{date}` and `{id}`.
    """
    parts = {
        "{dataset}": query.dataset,
        "{date}": f"{asked_at:%Y-%m-%d}",
        "{id}": export_id.hex[-8:],
    }
    stem = query.file_name or "{dataset}-{date}-{id}"
    for part, text in parts.items():
        stem = stem.replace(part, text)
    stem = _UNSAFE.sub("_", stem).strip(" .").removesuffix(".gz").removesuffix(".csv")
    ending = ".csv.gz" if query.compression == "gzip" else ".csv"
    return f"{stem[:_LONGEST_STEM] or query.dataset}{ending}"


def content_disposition(name: str) -> str:
    """A download header (RFC 6266) with the name in ASCII, and exactly (RFC 8187)."""
    plain = _NOT_PLAIN.sub("_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def name_object(export_id: UUID, attempt: int) -> str:
    """Each attempt has an object of its own: a zombie's late upload is never the announced one."""
    return f"exports/{export_id}/{attempt}"
