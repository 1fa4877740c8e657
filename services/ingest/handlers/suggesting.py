"""What the columns of a file probably are: corrected and saved mappings first, then likeness."""

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from contracts.record_type import Field, RecordType
from services.chassis.database import Connection
from services.files.headers import ACCEPTED_CONFIDENCE, FieldNames, suggest_mapping
from services.ingest.domain.corrections import CORRECTION_COLUMNS, without_correction_columns
from services.ingest.handlers.tables import Inspected
from services.ingest.repository import uploads
from services.values.text import normalise_header

_CUSTOM: Final = re.compile(r"custom[ _-]?parameter[ _-]?(\w{1,60})", re.IGNORECASE)


class ColumnSuggestion(NamedTuple):
    """`reason` is why: `saved`, `corrected`, `name`, `alias`, `similar`, `tie` or `none`."""

    column: str
    field: str | None
    confidence: float
    reason: str

    @property
    def accepted(self) -> bool:
        return self.confidence >= ACCEPTED_CONFIDENCE


async def suggest_fields(
    connection: Connection,
    record_type: RecordType,
    inspected: Inspected,
    corrected: Mapping[str, str | None] | None = None,
) -> list[ColumnSuggestion]:
    """One suggestion per column; `corrected` is the mapping of an import whose error file it is."""
    columns = inspected.columns
    known: dict[str, str | None] = dict.fromkeys(CORRECTION_COLUMNS)
    reason = "corrected"
    if corrected is not None:
        known.update(corrected)
    else:
        saved = await uploads.find_saved_mapping(connection, record_type.name, columns_key(columns))
        if saved is not None:
            known |= {name: saved.get(normalise_column(name)) for name in columns}
            reason = "saved"
    liked = _suggest_by_likeness(
        record_type, [column for column in columns if column not in known], inspected
    )
    return [
        ColumnSuggestion(column, known[column], 1.0, reason) if column in known else liked[column]
        for column in columns
    ]


def accepted_fields(suggestions: Sequence[ColumnSuggestion]) -> dict[str, str | None]:
    """Only what is sure is taken without asking."""
    return {item.column: item.field if item.accepted else None for item in suggestions}


def columns_key(columns: Sequence[str]) -> bytes:
    """The same for files whose columns are called alike, in any order."""
    names = sorted(map(normalise_column, without_correction_columns(columns)))
    return sha256("\x1f".join(names).encode()).digest()


def normalise_column(column: str) -> str:
    return normalise_header(column) or column


def known_headers(record_type: RecordType) -> frozenset[str]:
    """What a header of this type's files may say, normalised: it helps to find the header row."""
    return _header_names(record_type.fields) | frozenset(map(normalise_header, CORRECTION_COLUMNS))


def money_headers(record_type: RecordType) -> frozenset[str]:
    """What columns of amounts are called, normalised."""
    return _header_names([field for field in record_type.fields if field.kind == "money"])


def _header_names(fields: Iterable[Field]) -> frozenset[str]:
    names = (name for field in fields for name in (field.name, *field.aliases))
    return frozenset(map(normalise_header, names))


def _suggest_by_likeness(
    record_type: RecordType, columns: Sequence[str], inspected: Inspected
) -> dict[str, ColumnSuggestion]:
    custom = _find_custom(record_type, columns)
    declared = [
        FieldNames(field.name, field.aliases, field.kind, field.required)
        for field in record_type.fields
    ]
    rest = [column for column in columns if column not in custom]
    liked = {item.column: item for item in suggest_mapping(rest, declared, inspected.samples())}
    return {
        column: ColumnSuggestion(column, custom[column], 1.0, "name")
        if column in custom
        else ColumnSuggestion(*liked[column])
        for column in columns
    }


def _find_custom(record_type: RecordType, columns: Sequence[str]) -> dict[str, str]:
    """Columns that name a custom field by themselves; the first of each name."""
    found = dict[str, str]()
    for column in columns if record_type.custom_fields else ():
        match = _CUSTOM.fullmatch(column.strip())
        field = f"CustomParameter{match[1]}" if match else ""
        if field and field not in found.values():
            found[column] = field
    return found
