"""An export query against what its dataset has: columns, filters, order, formats."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from contracts.api.exports import ExportQuery
from contracts.record_type import Field, RecordType
from contracts.records import record_types
from services.chassis.filtering import CompiledFilter, Filterable, compile_filters
from services.chassis.problems import Problem, ProblemItem
from services.chassis.selecting import SelectedColumn, Source, TextFormats
from services.values.dates import parse_date_format
from services.values.problems import ValueProblem

SCHEMA = "ledger_v1"
EXTRA_COLUMNS = {
    "Id": ("id", "plain"),
    "State": ("state", "plain"),
    "CreatedAt": ("created_at", "plain"),
    "UpdatedAt": ("updated_at", "plain"),
    "ImportId": ("import_id", "plain"),
    "Row": ("row", "plain"),
}
REPORT_EXTRAS = ("Id", "State", "CreatedAt", "UpdatedAt")
DECIMAL_MARKS: dict[str, Literal[".", ","]] = {"1234.56": ".", "1234,56": ","}
MAX_IDS = 10_000


@dataclass(frozen=True, slots=True)
class Selection:
    """A query that can be run; `custom_columns` says that custom fields are still to be named."""

    source: Source
    columns: tuple[SelectedColumn, ...]
    formats: TextFormats
    custom_columns: bool


def select(query: ExportQuery) -> Selection:
    """Resolve a query; raises Problem 422 naming what is allowed."""
    record_type = record_types().get(query.dataset)
    if record_type is None:
        known = ", ".join(record_types())
        raise _refuse("dataset", "unknown_dataset", f"Export one of: {known}.")
    filterable = _filterable(record_type)
    return Selection(
        source=Source(
            SCHEMA, record_type.name, _filters(query, filterable), _order(query, filterable)
        ),
        columns=_columns(query, record_type),
        formats=_formats(query),
        custom_columns=record_type.custom_fields and query.columns is None,
    )


def add_custom_columns(selection: Selection, names: Sequence[str]) -> tuple[SelectedColumn, ...]:
    """The columns of the file, each custom field in one of its own, after the declared fields."""
    declared = [column for column in selection.columns if column.header not in EXTRA_COLUMNS]
    extras = [column for column in selection.columns if column.header in EXTRA_COLUMNS]
    custom = [SelectedColumn(name, "custom", "custom") for name in sorted(names)]
    return (*declared, *custom, *extras)


def _filterable(record_type: RecordType) -> dict[str, Filterable]:
    kinds = {"money": "integer", "date": "date"}
    fields = {
        field.column: Filterable(field.column, kinds.get(field.kind, "text"))
        for field in record_type.fields
    }
    reference = record_type.find(record_type.reference_field)
    if reference is not None:
        fields["reference"] = Filterable(reference.column)
    return fields | {
        "id": Filterable("id", "integer"),
        "import_id": Filterable("import_id", "uuid"),
        "row": Filterable("row", "integer"),
        "state": Filterable("state"),
        "created_at": Filterable("created_at", "timestamp"),
        "updated_at": Filterable("updated_at", "timestamp"),
    }


def _filters(query: ExportQuery, filterable: dict[str, Filterable]) -> CompiledFilter:
    """Withdrawn records are left out unless asked for."""
    asked: dict[str, object] = dict(query.filter)
    if not any(key.split("[")[0] == "state" for key in asked):
        asked["state"] = "active"
    if query.ids is not None:
        asked["id[in]"] = list(query.ids[:MAX_IDS])
    return compile_filters(asked, filterable)


def _order(query: ExportQuery, filterable: dict[str, Filterable]) -> tuple[str, ...]:
    for name in query.sort or []:
        if name.removeprefix("-") not in filterable:
            allowed = ", ".join(sorted(filterable))
            raise _refuse("sort", "unknown_sort", f"Sort by one of: {allowed}.")
    return tuple(_sorted_column(name, filterable) for name in query.sort or [])


def _sorted_column(name: str, filterable: dict[str, Filterable]) -> str:
    sign = "-" if name.startswith("-") else ""
    return sign + filterable[name.removeprefix("-")].column


def _columns(query: ExportQuery, record_type: RecordType) -> tuple[SelectedColumn, ...]:
    if query.columns is not None:
        return tuple(_find_column(name, record_type) for name in query.columns)
    columns = [_field_column(field) for field in record_type.fields]
    if query.layout == "report":
        columns += [_extra_column(name) for name in REPORT_EXTRAS]
    return tuple(columns)


def _find_column(name: str, record_type: RecordType) -> SelectedColumn:
    for field in record_type.fields:
        if name in (field.name, field.column):
            return _field_column(field)
    for extra, (column, _) in EXTRA_COLUMNS.items():
        if name in (extra, column):
            return _extra_column(extra)
    if record_type.accepts(name):
        return SelectedColumn(name, "custom", "custom")
    allowed = ", ".join([*record_type.field_names, *EXTRA_COLUMNS])
    raise _refuse("columns", "unknown_column", f"Choose columns among: {allowed}.")


def _field_column(field: Field) -> SelectedColumn:
    match field.kind:
        case "money":
            kind = "money"
        case "date":
            kind = "date"
        case "choice" | "currency":
            kind = "plain"
        case _:
            kind = "text"
    return SelectedColumn(field.name, field.column, kind)


def _extra_column(name: str) -> SelectedColumn:
    return SelectedColumn(name, EXTRA_COLUMNS[name][0], "plain")


def _formats(query: ExportQuery) -> TextFormats:
    mark = DECIMAL_MARKS.get(query.locale.decimal)
    if mark is None:
        allowed = ", ".join(DECIMAL_MARKS)
        raise _refuse("locale.decimal", "unknown_format", f"Choose one of: {allowed}.")
    if query.locale.date == "ISO 8601":
        return TextFormats(decimal_mark=mark)
    try:
        pattern = parse_date_format(query.locale.date).name
    except ValueProblem as problem:
        raise _refuse("locale.date", problem.code, problem.sentence) from None
    return TextFormats(date=_template(pattern), decimal_mark=mark)


def _template(pattern: str) -> str:
    """Our tokens are PostgreSQL's, but for the short month name."""
    return pattern.replace("MMM", "Mon")


def _refuse(where: str, code: str, sentence: str) -> Problem:
    return Problem(
        422,
        "invalid_query",
        "The export query cannot be run.",
        errors=[ProblemItem(f"body.{where}", code, sentence)],
    )
