"""Composes the select of an export: whitelisted columns as text, filters and order as given.

Values come only as parameters; names only through `quote_identifier`. Text that a spreadsheet might
run as a formula gets a leading apostrophe (services/files/formulas.py has the exact inverse).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from services.chassis.filtering import CompiledFilter, quote_identifier

ColumnKind = Literal["text", "money", "date", "time", "plain", "custom"]

# The code of a text's first character costs a tenth of the expression, which decides.
_SUSPICIOUS = "(9, 10, 13, 39, 43, 45, 61, 64, 65291, 65293, 65309, 65312)"
_DANGEROUS = r"'^''*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]'"
_THOUSANDS = r"(\d)(?=(\d{3})+$)"
_INDIAN = r"(\d)(?=(\d{2})*\d{3}$)"
_NAMES_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class SelectedColumn:
    """`header` is what the file says; a custom column's name goes in as a parameter."""

    header: str
    column: str
    kind: ColumnKind


@dataclass(frozen=True, slots=True)
class TextFormats:
    """How values are written. `date` is PostgreSQL's template, None is ISO 8601."""

    date: str | None = None
    decimal_mark: str = "."
    group: str = ""
    indian: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A view, the condition on it, and its order (columns, `-` before a falling one).

    With `ids` only these records; the order ends in the id, so that it is complete.
    """

    schema: str
    view: str
    filters: CompiledFilter
    order: Sequence[str] = ()
    ids: Sequence[int] | None = None


@dataclass(slots=True)
class _Arguments:
    """The values of a statement; each gets its `$n` as it is added."""

    values: list[object] = field(default_factory=list[object])

    def add(self, value: object, sql_type: str) -> str:
        self.values.append(value)
        return f"${len(self.values)}::{sql_type}"


def compose_select(
    source: Source, columns: Sequence[SelectedColumn], formats: TextFormats
) -> tuple[str, tuple[object, ...]]:
    """A select and its arguments, one text per column.

    A lone column is never null: as CSV that were an empty line, which readers skip.
    """
    arguments = _Arguments(list(source.filters.arguments))
    expressions = [_expression(source, column, formats, arguments) for column in columns]
    if len(expressions) == 1:
        expressions = [f"coalesce(({expressions[0]})::text, '')"]
    named = ", ".join(f"{text} as c{number}" for number, text in enumerate(expressions, 1))
    order = ", ".join(_order(item) for item in [*source.order, "id"])
    sql = f"select {named} from {_filtered(source, arguments)} order by {order}"
    return sql, tuple(arguments.values)


def compose_custom_names(source: Source, known: Sequence[str]) -> tuple[str, tuple[object, ...]]:
    """Some names of custom fields beside the known ones; none when all are known.

    Asked again and again it costs a quarter of listing the names of every record.
    """
    arguments = _Arguments(list(source.filters.arguments))
    filtered = _filtered(source, arguments)
    names = arguments.add(list(known), "text[]")
    sql = (
        "select distinct jsonb_object_keys(rest) as name from ("
        f"select custom - {names} as rest from {filtered}"
        f" and custom - {names} <> '{{}}' limit {_NAMES_AT_ONCE}) as partly"
    )
    return sql, tuple(arguments.values)


def _filtered(source: Source, arguments: _Arguments) -> str:
    view = f"{quote_identifier(source.schema)}.{quote_identifier(source.view)}"
    condition = f"({source.filters.sql})"
    if source.ids is not None:
        condition += f" and id = any({arguments.add(list(source.ids), 'bigint[]')})"
    return f"{view} as v where {condition}"


def _order(item: str) -> str:
    name = quote_identifier(item.removeprefix("-"))
    return f"v.{name} desc" if item.startswith("-") else f"v.{name}"


def _expression(
    source: Source, column: SelectedColumn, formats: TextFormats, arguments: _Arguments
) -> str:
    name = f"v.{quote_identifier(column.column)}"
    match column.kind:
        case "plain":
            text = f"{name}::text"
        case "time":
            text = f"replace(({name} at time zone 'UTC')::text, ' ', 'T') || 'Z'"
        case "date":
            template = formats.date
            text = f"to_char({name}, {arguments.add(template, 'text')})" if template else name
        case "money":
            amount = f"{quote_identifier(source.schema)}.money_text({name}, v.currency)"
            text = _localise(amount, formats, arguments)
        case "custom":
            text = _neutral(f"({name} ->> {arguments.add(column.header, 'text')})")
        case "text":
            text = _neutral(name)
    return text


def _neutral(text: str) -> str:
    return (
        f"case when ascii({text}) in {_SUSPICIOUS} and {text} ~ {_DANGEROUS}"
        f" then '''' || {text} else {text} end"
    )


def _localise(text: str, formats: TextFormats, arguments: _Arguments) -> str:
    """Decimal text with another mark, and with its whole part in groups."""
    if formats.decimal_mark == "." and not formats.group:
        return text
    mark = arguments.add(formats.decimal_mark, "text")
    if not formats.group:
        return f"replace({text}, '.', {mark})"
    pattern = arguments.add(_INDIAN if formats.indian else _THOUSANDS, "text")
    group = arguments.add(rf"\1{formats.group}", "text")
    whole = f"regexp_replace(split_part({text}, '.', 1), {pattern}, {group}, 'g')"
    return rf"{whole} || coalesce({mark} || substring({text} from '\.(.*)'), '')"
