"""SQL by name with named parameters (`:row`), as the ledger's engine runs it. No SQL text lives
here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from services.chassis.database import Connection
from services.chassis.queries import load_queries

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)\b")
_WHEN = re.compile(r"^-- when: (\w+)$", re.MULTILINE)
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; `when` names the plan action without which it has nothing to do."""

    name: str
    sql: str
    parameters: tuple[str, ...]
    when: str | None

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        return [values[name] for name in self.parameters]


class Statements:
    """The statements of one `.sql` file."""

    def __init__(self, path: Path) -> None:
        self._statements = {name: _parse(name, text) for name, text in load_queries(path).items()}

    def __iter__(self):
        return iter(self._statements.values())

    def __contains__(self, name: str) -> bool:
        return name in self._statements

    def __getitem__(self, name: str) -> Statement:
        return self._statements[name]


def _parse(name: str, text: str) -> Statement:
    when = _WHEN.search(text)
    parameters: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] not in parameters:
            parameters.append(match[1])
        return f"${parameters.index(match[1]) + 1}"

    sql = _PARAMETER.sub(number, _COMMENT.sub("", text)).strip()
    return Statement(name, sql, tuple(parameters), when[1] if when else None)


async def execute(connection: Connection, statement: Statement, values: Mapping[str, Any]) -> str:
    """Run it; returns PostgreSQL's command tag."""
    return await connection.execute(statement.sql, *statement.arguments(values))


async def fetch(
    connection: Connection, statement: Statement, values: Mapping[str, Any]
) -> list[asyncpg.Record]:
    return await connection.fetch(statement.sql, *statement.arguments(values))


async def fetch_row(
    connection: Connection, statement: Statement, values: Mapping[str, Any]
) -> asyncpg.Record | None:
    return await connection.fetchrow(statement.sql, *statement.arguments(values))


async def fetch_value(
    connection: Connection, statement: Statement, values: Mapping[str, Any]
) -> Any:
    return await connection.fetchval(statement.sql, *statement.arguments(values))
