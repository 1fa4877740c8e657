"""The one place that composes SQL: filters and pages, from whitelists, values only as
parameters.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from services.chassis.problems import Problem, ProblemItem

FieldKind = Literal["text", "integer", "date", "timestamp", "uuid"]

_KEY = re.compile(r"([a-z_][a-z0-9_]*)(?:\[([a-z]+)\])?\Z")
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*\Z")
# A record without a value is certainly not the value that is asked against.
_COMPARISONS = {"eq": "=", "ne": "is distinct from", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_SQL_TYPES = {
    "text": "text",
    "integer": "bigint",
    "date": "date",
    "timestamp": "timestamptz",
    "uuid": "uuid",
}
_MAX_LIST = 1_000


@dataclass(frozen=True, slots=True)
class Filterable:
    """A column that may be filtered by. Money is an integer in minor units, as in answers."""

    column: str
    kind: str = "text"

    @property
    def operators(self) -> tuple[str, ...]:
        if self.kind == "text":
            return (*_COMPARISONS, "in", "contains")
        return (*_COMPARISONS, "in")


@dataclass(frozen=True, slots=True)
class CompiledFilter:
    """A condition with `$n` parameters and their values."""

    sql: str
    arguments: tuple[Any, ...]


def compile_filters(
    items: Iterable[tuple[str, Any]] | Mapping[str, Any],
    fields: Mapping[str, Filterable],
    *,
    first_parameter: int = 1,
) -> CompiledFilter:
    """`name=value`, `name[gte]=value`, … all of which must hold; raises Problem 422."""
    pairs: Any = items.items() if isinstance(items, Mapping) else items  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    conditions: list[str] = []
    arguments: list[Any] = []
    for key, value in pairs:  # pyright: ignore[reportUnknownVariableType]
        field, operator = _resolve(str(key), fields)  # pyright: ignore[reportUnknownArgumentType]
        number = first_parameter + len(arguments)
        conditions.append(_condition(field, operator, number))
        arguments.append(_read(str(key), field, operator, value))  # pyright: ignore[reportUnknownArgumentType]
    return CompiledFilter(" and ".join(conditions) or "true", tuple(arguments))


def _resolve(key: str, fields: Mapping[str, Filterable]) -> tuple[Filterable, str]:
    match = _KEY.match(key)
    name, operator = (match[1], match[2] or "eq") if match else (key, "eq")
    field = fields.get(name)
    if field is None:
        raise _refuse(key, "unknown_filter", f"Filter by one of: {', '.join(sorted(fields))}.")
    if operator not in field.operators:
        allowed = ", ".join(field.operators)
        raise _refuse(key, "unknown_operator", f"{name} can be compared by: {allowed}.")
    return field, operator


def _condition(field: Filterable, operator: str, number: int) -> str:
    column = quote_identifier(field.column)
    sql_type = _SQL_TYPES[field.kind]
    if operator == "in":
        return f"{column} = any(${number}::{sql_type}[])"
    if operator == "contains":
        return f"position(lower(${number}::text) in lower({column})) > 0"
    return f"{column} {_COMPARISONS[operator]} ${number}::{sql_type}"


def _read(key: str, field: Filterable, operator: str, value: Any) -> Any:
    if operator == "in":
        values: Any = value if isinstance(value, list) else str(value).split(",")  # pyright: ignore[reportUnknownVariableType]
        if len(values) > _MAX_LIST:
            raise _refuse(key, "too_many_values", f"At most {_MAX_LIST} values.")
        return [_read_one(key, field, item) for item in values]
    return _read_one(key, field, value)


def _read_one(key: str, field: Filterable, value: Any) -> Any:
    try:
        return _READERS[field.kind](value)
    except (ValueError, TypeError, OverflowError):
        raise _refuse(key, "bad_value", f"Not a value of kind {field.kind}.") from None


def _read_integer(value: Any) -> int:
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        raise ValueError
    return int(text)


def _read_text(value: Any) -> str:
    if not isinstance(value, str | int) or "\x00" in str(value):
        raise ValueError
    # A lone surrogate can be written in JSON, but not in UTF-8: a ValueError as well.
    str(value).encode()
    return str(value)


def _read_timestamp(value: Any) -> datetime:
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError
    return moment


_READERS: dict[str, Callable[[Any], Any]] = {
    "text": _read_text,
    "integer": _read_integer,
    "date": lambda value: date.fromisoformat(str(value)),
    "timestamp": _read_timestamp,
    "uuid": lambda value: UUID(str(value)),
}


def _refuse(key: str, code: str, sentence: str) -> Problem:
    return Problem(
        422,
        "invalid_filter",
        "A filter cannot be used.",
        errors=[ProblemItem(location=f"query.{key[:100]}", code=code, sentence=sentence)],
    )


def quote_identifier(name: str) -> str:
    """A name of ours as SQL; raises ValueError for anything but lower-case words."""
    if not _IDENTIFIER.match(name):
        raise ValueError(f"not an identifier: {name!r}")
    return f'"{name}"'


def select_page(schema: str, view: str, filters: CompiledFilter, *, by_id: bool = False) -> str:
    """A page in the order of ids (`$1` after this id, `$2` at most), or one record (`$1` its
    id).
    """
    source = f"{quote_identifier(schema)}.{quote_identifier(view)}"
    if by_id:
        return f"select * from {source} where id = $1::bigint"
    return (
        f"select * from {source} where id > $1::bigint and {filters.sql}"
        " order by id limit $2::integer"
    )
