"""An export query against what its dataset has: filters, order, formats. Columns have a module of
their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from contracts.api.exports import ExportQuery
from contracts.record_type import RecordType
from contracts.records import record_types
from services.chassis.filtering import CompiledFilter, Filterable, compile_filters
from services.chassis.problems import Problem
from services.chassis.selecting import SelectedColumn, Source, TextFormats
from services.exporter.domain.columns import add_custom_columns, resolve_columns
from services.exporter.domain.formats import resolve_formats
from services.exporter.domain.refusals import refuse, relocate
from services.values.problems import ValueProblem

SCHEMA = "ledger_v1"
MAX_ID_DIGITS = 18
_FILTER_KINDS = {"money": "integer", "date": "date"}


@dataclass(frozen=True, slots=True)
class Selection:
    """A query that can be run; `all_custom` says that custom fields are still to be named,
    `whole` that nothing narrows the dataset.
    """

    source: Source
    columns: tuple[SelectedColumn, ...]
    formats: TextFormats
    all_custom: bool
    whole: bool

    def with_custom(self, names: list[str]) -> "Selection":
        return replace(self, columns=add_custom_columns(self.columns, names), all_custom=False)


def select(query: ExportQuery) -> Selection:
    """Resolve a query; raises Problem 422 naming what is allowed."""
    if not all(_is_storable(text) for text in _texts(query.model_dump())):
        raise refuse("", "bad_text", "The query holds NUL, or half of a character.")
    record_type = record_types().get(query.dataset)
    if record_type is None:
        raise refuse_dataset()
    filterable = list_filterable(record_type)
    source = Source(
        SCHEMA,
        record_type.name,
        _compile_filters(query, filterable),
        _resolve_order(query, filterable),
        _resolve_ids(query),
    )
    return Selection(
        source=source,
        columns=resolve_columns(query, record_type),
        formats=_resolve_formats(query),
        all_custom=record_type.custom_fields and query.columns is None,
        whole=not query.filter and query.ids is None,
    )


def refuse_dataset() -> Problem:
    known = ", ".join(record_types())
    return refuse("dataset", "unknown_dataset", f"Export one of: {known}.")


def list_filterable(record_type: RecordType) -> dict[str, Filterable]:
    """The keys of the lists: the fields in snake case, and what every record has."""
    fields = {
        field.column: Filterable(field.column, _FILTER_KINDS.get(field.kind, "text"))
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


def _compile_filters(query: ExportQuery, filterable: dict[str, Filterable]) -> CompiledFilter:
    """Withdrawn records are left out unless a report asks for them."""
    asked: dict[str, object] = dict(query.filter)
    if not any(key.partition("[")[0] == "state" for key in asked):
        asked["state"] = "active"
    elif query.layout == "import":
        sentence = "The layout `import` holds active records only: leave this filter out."
        raise refuse("filter.state", "unknown_filter", sentence)
    try:
        return compile_filters(asked, filterable)
    except Problem as problem:
        raise relocate(problem, "filter") from None


def _resolve_ids(query: ExportQuery) -> tuple[int, ...] | None:
    if query.ids is None:
        return None
    for text in query.ids:
        if not (text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS):
            raise refuse("ids", "bad_value", "An id is digits only: the `id` of a record.")
    return tuple(int(text) for text in query.ids)


def _resolve_order(query: ExportQuery, filterable: dict[str, Filterable]) -> tuple[str, ...]:
    order: list[str] = []
    for name in query.sort or []:
        sign, key = ("-", name[1:]) if name.startswith("-") else ("", name)
        if key not in filterable:
            allowed = ", ".join(sorted(filterable))
            sentence = f"Sort by one of these, with `-` before it from the last: {allowed}."
            raise refuse("sort", "unknown_sort", sentence)
        order.append(sign + filterable[key].column)
    return tuple(order)


def _resolve_formats(query: ExportQuery) -> TextFormats:
    try:
        return resolve_formats(query.locale.decimal, query.locale.date)
    except ValueProblem as problem:
        raise refuse("locale", problem.code, problem.sentence) from None


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in cast("dict[str, Any]", value).items():
            yield key
            yield from _texts(item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _texts(item)


def _is_storable(text: str) -> bool:
    """PostgreSQL keeps no NUL, and nobody half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
