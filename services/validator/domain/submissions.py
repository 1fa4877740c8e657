"""Verdicts on upstream records: readable ones that are wrong are rejected with every reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

import orjson

from contracts.envelope import Formats
from contracts.events.records_judged import RecordJudged
from contracts.findings import explain
from contracts.record_type import RecordType
from contracts.records import record_types
from contracts.verdict import Remark
from services.validator.domain.examining import Examination, examine
from services.validator.domain.layouts import Layout, lay_out
from services.validator.domain.remarks import MAX_FIELD_NAME_LENGTH, bound, remark, show

# Upstream systems write dates as ISO 8601 and amounts as `1234.56` or `1,234.56`.
LIVE_FORMATS = Formats()
MAX_FIELDS = 200
MAX_CELLS_CHARACTERS = 100_000
MAX_SHORTENED_CELL = 200
MAX_REFERENCE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Submission:
    """One submitted record, as decoded: `repeated` are names that stand twice in its JSON."""

    source: str
    event_id: str
    record_type: str
    record: Mapping[str, Any]
    repeated: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the content, whatever the order of its names."""
        content = {"record_type": self.record_type, "record": self.record}
        return sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def judge_submission(submission: Submission, *, received_at: str) -> RecordJudged:
    """The verdict on one record; `received_at` is RFC 3339 in UTC."""
    record_type = record_types().get(submission.record_type)
    cells, unread = _take_cells(submission, record_type)
    if record_type is None:
        examined = Examination([], violations=unread)
    else:
        refused = {item.field for item in unread if item.field is not None}
        examined = _examine(record_type, cells, refused)
        examined.violations = unread + examined.violations
    return RecordJudged(
        source=submission.source,
        event_id=submission.event_id,
        fingerprint=submission.fingerprint,
        verdict="rejected" if examined.violations else "accepted",
        record_type=show(submission.record_type[:MAX_FIELD_NAME_LENGTH]),
        reference=_refer(record_type, cells, examined),
        values=examined.values,
        custom=examined.custom,
        warnings=list(bound(examined.warnings)),
        violations=list(bound(examined.violations)),
        cells=_show_cells(submission.record) if examined.violations else {},
        received_at=received_at,
    )


def _take_cells(
    submission: Submission, record_type: RecordType | None
) -> tuple[dict[str, str], list[Remark]]:
    """The record's values as text by field, and what cannot be taken."""
    cells: dict[str, str] = {}
    unread = [_explained("repeated_field", name) for name in submission.repeated]
    if record_type is None:
        unread.append(_explained("unknown_record_type", None, submission.record_type))
    if len(submission.record) > MAX_FIELDS:
        unread.append(_explained("too_many_fields", None))
        return cells, unread
    for name, value in submission.record.items():
        code = _refuse(value)
        if record_type is not None and not record_type.accepts(name):
            unread.append(_explained("unknown_field", name))
        elif code is not None:
            unread.append(_explained(code, name, _write(value)))
        elif value is not None:
            cells[name] = str(value)
    return cells, unread


def _refuse(value: Any) -> str | None:
    """Why a JSON value is no cell, if so. Numbers with a point went through a float somewhere."""
    if isinstance(value, float):
        return "inexact_number"
    if isinstance(value, bool):
        return "boolean_value"
    if value is None or isinstance(value, str | int):
        return None
    return "nested_value"


def _examine(record_type: RecordType, cells: dict[str, str], refused: set[str]) -> Examination:
    custom = tuple(name for name in cells if record_type.find(name) is None)
    layout = _layout(record_type.name, custom)
    return examine(layout, [cells.get(name, "") for name in layout.fields], refused=refused)


@lru_cache(maxsize=64)
def _layout(record_type: str, custom: tuple[str, ...]) -> Layout:
    declared = record_types()[record_type]
    return lay_out(declared, (*declared.field_names, *custom), formats=LIVE_FORMATS)


def _refer(
    record_type: RecordType | None, cells: Mapping[str, str], examined: Examination
) -> str | None:
    """The business reference as submitted, also when the record is rejected."""
    if record_type is None:
        return None
    position = record_type.field_names.index(record_type.reference_field)
    read = examined.values[position]
    text = read if read is not None else cells.get(record_type.reference_field, "").strip()
    return show(text[:MAX_REFERENCE_LENGTH]) or None


def _explained(code: str, name: str | None, value: str | None = None) -> Remark:
    return remark(name, code, explain(code).sentence, value)


def _write(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


def _show_cells(record: Mapping[str, Any]) -> dict[str, str | None]:
    """The record as text; one beyond all measure is shortened, so that it can be sent on."""
    cells = {name: _write(value) for name, value in record.items()}
    if sum(len(name) + len(text or "") for name, text in cells.items()) > MAX_CELLS_CHARACTERS:
        cells = {
            name[:MAX_FIELD_NAME_LENGTH]: text and text[:MAX_SHORTENED_CELL]
            for name, text in list(cells.items())[:MAX_FIELDS]
        }
    return {show(name): text and show(text) for name, text in cells.items()}
