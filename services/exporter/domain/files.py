"""How an export's file is called and kept."""

import csv
import io
import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contracts.api.exports import ExportQuery

_UNSAFE = re.compile(r"[^\w.\- ]+")
MEDIA_TYPES = {"none": "text/csv; charset=utf-8", "gzip": "application/gzip"}


def name_file(query: ExportQuery, export_id: UUID, asked_at: datetime) -> str:
    """`accounts-2026-11-24-0190c3b2.csv`, or the chosen name with the right ending."""
    ending = ".csv.gz" if query.compression == "gzip" else ".csv"
    if query.file_name:
        chosen = _UNSAFE.sub("_", query.file_name).strip(" .") or query.dataset
        stem = chosen.removesuffix(".gz").removesuffix(".csv")
        return f"{stem}{ending}"
    return f"{query.dataset}-{asked_at:%Y-%m-%d}-{export_id.hex[-8:]}{ending}"


def name_object(export_id: UUID, attempt: int) -> str:
    """Each attempt has an object of its own: a zombie's late upload is never the announced one."""
    return f"exports/{export_id}/{attempt}"


def head(query: ExportQuery, headers: Sequence[str]) -> bytes:
    """The byte order mark, where asked for, and the header line."""
    text = io.StringIO()
    csv.writer(text, delimiter=query.locale.delimiter, lineterminator="\n").writerow(headers)
    mark = "\ufeff" if query.locale.bom else ""
    return (mark + text.getvalue()).encode()
