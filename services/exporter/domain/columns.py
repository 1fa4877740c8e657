"""The columns of an export: what a dataset has, what is asked for, what an import needs."""

from collections.abc import Sequence

from contracts.api.exports import ExportQuery
from contracts.record_type import Field, RecordType, RequiredOneOf
from services.chassis.problems import Problem
from services.chassis.selecting import ColumnKind, SelectedColumn
from services.exporter.domain.refusals import refuse

CUSTOM = "custom"
RECORD_COLUMNS: dict[str, tuple[str, ColumnKind]] = {
    "Id": ("id", "plain"),
    "State": ("state", "plain"),
    "CreatedAt": ("created_at", "time"),
    "UpdatedAt": ("updated_at", "time"),
    "ImportId": ("import_id", "plain"),
    "Row": ("row", "plain"),
}
REPORT_EXTRAS = ("Id", "State", "CreatedAt", "UpdatedAt")
_KINDS: dict[str, ColumnKind] = {"money": "money", "date": "date"}


def resolve_columns(query: ExportQuery, record_type: RecordType) -> tuple[SelectedColumn, ...]:
    """As asked for, or all that the layout has but the custom ones; raises Problem 422."""
    if query.columns is not None:
        columns = tuple(_find(name, record_type, query.layout) for name in query.columns)
        _refuse_repeated(columns)
        if query.layout == "import":
            _refuse_incomplete(columns, record_type)
        return columns
    columns = [_field_column(field) for field in record_type.fields]
    if query.layout == "report":
        columns += [_record_column(name) for name in REPORT_EXTRAS]
    return tuple(columns)


def add_custom_columns(
    columns: Sequence[SelectedColumn], names: Sequence[str]
) -> tuple[SelectedColumn, ...]:
    """Each custom field in a column of its own, after the declared fields."""
    declared = [column for column in columns if column.header not in RECORD_COLUMNS]
    extras = [column for column in columns if column.header in RECORD_COLUMNS]
    return (*declared, *(SelectedColumn(name, CUSTOM, "custom") for name in names), *extras)


def _find(name: str, record_type: RecordType, layout: str) -> SelectedColumn:
    for field in record_type.fields:
        if name in (field.name, field.column):
            return _field_column(field)
    for header, (column, _) in RECORD_COLUMNS.items():
        if name in (header, column) and layout == "report":
            return _record_column(header)
    if record_type.accepts(name):
        return SelectedColumn(name, CUSTOM, "custom")
    extras = RECORD_COLUMNS if layout == "report" else ()
    custom = ("CustomParameter…",) if record_type.custom_fields else ()
    allowed = ", ".join([*record_type.field_names, *custom, *extras])
    raise refuse("columns", "unknown_column", f"Choose columns among: {allowed}.")


def _field_column(field: Field) -> SelectedColumn:
    return SelectedColumn(field.name, field.column, _KINDS.get(field.kind, "text"))


def _record_column(header: str) -> SelectedColumn:
    column, kind = RECORD_COLUMNS[header]
    return SelectedColumn(header, column, kind)


def _refuse_repeated(columns: Sequence[SelectedColumn]) -> None:
    headers = [column.header for column in columns]
    repeated = sorted({header for header in headers if headers.count(header) > 1})
    if repeated:
        sentence = f"These columns stand twice: {', '.join(repeated)}."
        raise refuse("columns", "repeated_column", sentence)


def _refuse_incomplete(columns: Sequence[SelectedColumn], record_type: RecordType) -> None:
    """An import layout must hold what an import needs to know each record again."""
    problem = _find_missing({column.header for column in columns}, record_type)
    if problem is not None:
        raise problem


def _find_missing(headers: set[str], record_type: RecordType) -> Problem | None:
    needed = {field.name for field in record_type.fields if field.required}
    needed |= {record_type.reference_field}
    if record_type.currency_field is not None:
        needed |= {record_type.currency_field}
    for check in record_type.checks:
        if not isinstance(check, RequiredOneOf) or check.when_field is not None:
            continue
        if not headers.intersection(check.fields):
            needed |= {check.fields[0]}
    missing = [name for name in record_type.field_names if name in needed - headers]
    if not missing:
        return None
    sentence = f"The layout `import` also needs these columns: {', '.join(missing)}."
    return refuse("columns", "missing_column", sentence)
