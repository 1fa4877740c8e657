"""Where each value of a record comes from: file, row, column and cell; or submission, verdict."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from contracts.record_type import RecordType
from services.ingest.domain.lineage import RULES, Source, Traced, trace_values
from services.ingest.domain.uploads import Upload
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.raw_rows import RawRows, read_corrected_rows
from services.ingest.repository import lineage, uploads

_FILE = "file"


class _Origin(NamedTuple):
    """A file that values came from, with the rows of it that were needed."""

    upload: Upload
    raw: RawRows


async def trace_record(
    facilities: Facilities, record_type: RecordType, record_id: int
) -> dict[str, Any] | None:
    """The record's values with their sources; None if there is no such record."""
    async with facilities.pool.acquire() as connection:
        record = await lineage.find_record(connection, record_type.name, record_id)
        if record is None:
            return None
        sources = await lineage.list_sources(connection, record_id, record)
    traced = trace_values(record, record_type, sources)
    origins = await _open_origins(facilities, (item.source for item in traced))
    reference = record_type.find(record_type.reference_field)
    return {
        "record": {
            "id": str(record_id),
            "record_type": record_type.name,
            "reference": record[reference.column] if reference else None,
            "state": record["state"],
            "version": record["version"],
        },
        "fields": [_present(item, record_type, origins) for item in traced],
    }


async def _open_origins(
    facilities: Facilities, sources: Iterable[Source | None]
) -> dict[UUID, _Origin]:
    """Each file once, however many values came from it."""
    rows = dict[UUID, set[int]]()
    for source in sources:
        if source is not None and source.kind == _FILE:
            rows.setdefault(source.import_id, set()).add(source.row)
    if not rows:
        return {}
    async with facilities.pool.acquire() as connection:
        found = await uploads.find_uploads(connection, list(rows))
    origins = dict[UUID, _Origin]()
    for import_id, upload in found.items():
        read, _ = await read_corrected_rows(facilities, upload, rows[import_id])
        origins[import_id] = _Origin(upload, read)
    return origins


def _present(
    traced: Traced, record_type: RecordType, origins: Mapping[UUID, _Origin]
) -> dict[str, Any]:
    source = traced.source
    shown = None if source is None else _present_source(source)
    rule = traced.rule
    origin = None if source is None else origins.get(source.import_id)
    if source is not None and shown is not None and origin is not None:
        place = _place(traced.field, record_type, source, origin)
        rule = place["rule"] if rule is None else rule
        shown |= {
            "file": _present_file(origin.upload),
            "column": place["column"],
            "raw": place["raw"],
        }
    return {
        "field": traced.field,
        "value": traced.value,
        "judged": traced.judged,
        "source": shown,
        "rule": None if rule is None else {"code": rule, "sentence": RULES[rule]},
    }


def _present_source(source: Source) -> dict[str, Any]:
    """What is the same for all values of a row; of a feed it is all."""
    common = {
        "kind": source.kind,
        "import_id": str(source.import_id),
        "row": source.row,
        "attempt": source.attempt,
        "version": source.version,
        "actor": source.actor,
        "changed_at": _time(source.changed_at),
        "validators": list(source.validators),
    }
    if source.kind != _FILE:
        received_at = None if source.received_at is None else _time(source.received_at)
        identity = {"ce_source": source.ce_source, "ce_id": source.ce_id}
        return common | identity | {"received_at": received_at}
    return common | {"revision": source.revision, "corrects_row": source.corrects_row}


def _present_file(upload: Upload) -> dict[str, Any]:
    corrects = None if upload.corrects is None else str(upload.corrects)
    return {"name": upload.file_name, "sha256": upload.file_sha256, "corrects": corrects}


def _place(field: str, record_type: RecordType, source: Source, origin: _Origin) -> dict[str, Any]:
    """Column and cell of a value, and the rule if it did not stand in a column of its own."""
    constants = origin.upload.options.constants
    column, raw = _read_cell(field, source, origin)
    if column is None and field in constants:
        return {"column": None, "raw": constants[field], "rule": "constant"}
    if field == record_type.currency_field and not (raw or "").strip():
        column, raw = _read_cell(record_type.amount_field, source, origin)
        return {"column": column, "raw": raw, "rule": "currency_of_amount"}
    return {"column": column, "raw": raw, "rule": None}


def _read_cell(field: str | None, source: Source, origin: _Origin) -> tuple[str | None, str | None]:
    """The column of a field, and what stands there, as it was last corrected before completion."""
    row = origin.raw.get(source.row)
    for place, (column, target) in enumerate(origin.upload.targets):
        if target == field and field is not None:
            cells = [] if row is None else row.cells
            return column, cells[place] if place < len(cells) else None
    return None, None


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
