"""Composes the select of an export: whitelisted columns as text, filters and order as given.

Values come only as parameters; names only through `quote_identifier`. Text that a spreadsheet might
run as a formula gets a leading apostrophe (services/files/formulas.py has the exact inverse).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.chassis.filtering import CompiledFilter, quote_identifier

ColumnKind = Literal["text", "money", "date", "plain", "custom"]

_DANGEROUS = r"""'^''*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]'"""


@dataclass(frozen=True, slots=True)
class SelectedColumn:
    """`header` is what the file says; a custom column's name goes in as a parameter."""

    header: str
    column: str
    kind: ColumnKind


@dataclass(frozen=True, slots=True)
class TextFormats:
    """How values are written: PostgreSQL's date template, and the decimal mark."""

    date: str = "YYYY-MM-DD"
    decimal_mark: Literal[".", ","] = "."


@dataclass(frozen=True, slots=True)
class Source:
    """A view, the condition on it, and its order (columns, `-` before a falling one)."""

    schema: str
    view: str
    filters: CompiledFilter
    order: Sequence[str]


def compose_select(
    source: Source, columns: Sequence[SelectedColumn], formats: TextFormats
) -> tuple[str, tuple[object, ...]]:
    """A select and its arguments; the columns' headers are parameters too."""
    arguments: list[object] = list(source.filters.arguments)
    expressions: list[str] = []
    for number, column in enumerate(columns, 1):
        expressions.append(f"{_expression(column, formats, arguments)} as c{number}")
    order = ", ".join(_order(item) for item in [*source.order, "id"])
    sql = (
        f"select {', '.join(expressions)} from "
        f"{quote_identifier(source.schema)}.{quote_identifier(source.view)} as v"
        f" where {source.filters.sql} order by {order}"
    )
    return sql, tuple(arguments)


def compose_custom_names(source: Source) -> tuple[str, tuple[object, ...]]:
    """The names of the custom fields that the source's records have, in order."""
    sql = (
        "select distinct jsonb_object_keys(custom) as name from "
        f"{quote_identifier(source.schema)}.{quote_identifier(source.view)} as v"
        f" where {source.filters.sql} order by name"
    )
    return sql, source.filters.arguments


def _order(item: str) -> str:
    name = quote_identifier(item.removeprefix("-"))
    return f"{name} desc" if item.startswith("-") else name


def _expression(column: SelectedColumn, formats: TextFormats, arguments: list[object]) -> str:
    name = quote_identifier(column.column)
    match column.kind:
        case "plain":
            return f"{name}::text"
        case "date":
            if formats.date == TextFormats.date:
                return f"{name}::text"
            arguments.append(formats.date)
            return f"to_char({name}, ${len(arguments)}::text)"
        case "money":
            text = f'ledger_v1.money_text({name}, "currency")'
            return f"replace({text}, '.', ',')" if formats.decimal_mark == "," else text
        case "custom":
            arguments.append(column.header)
            return _neutral(f"custom ->> ${len(arguments)}::text")
        case "text":
            return _neutral(name)


def _neutral(text: str) -> str:
    return f"case when {text} ~ {_DANGEROUS} then '''' || ({text}) else {text} end"
