"""The published views have the columns that contracts/views.py promises, on a migrated ledger."""

import asyncpg
import pytest

from contracts.record_type import RecordType
from contracts.records import record_types
from contracts.views import FUNCTIONS, RECORD_COLUMNS, SCHEMA, VIEWS
from services.ledger.app.schema import lay_schema
from services.ledger.books import books

COLUMNS = """
select table_name, column_name, data_type from information_schema.columns where table_schema = $1
"""


@pytest.fixture
async def columns(database: str) -> dict[str, dict[str, str]]:
    """The type of each column of each view."""
    connection = await asyncpg.connect(database)
    await connection.execute("create schema ledger; create schema ledger_v1")
    await lay_schema(database)
    found: dict[str, dict[str, str]] = {}
    for view, column, kind in await connection.fetch(COLUMNS, SCHEMA):
        found.setdefault(view, {})[column] = kind
    await connection.close()
    return found


async def test_every_promised_view_has_its_columns(columns: dict[str, dict[str, str]]) -> None:
    missing = {
        view: set(promised) - columns.get(view, {}).keys() for view, promised in VIEWS.items()
    }
    assert {view: names for view, names in missing.items() if names} == {}


async def test_every_promised_function_answers_with_its_columns(
    database: str, columns: dict[str, dict[str, str]]
) -> None:
    connection = await asyncpg.connect(database)
    for name, promised in FUNCTIONS.items():
        statement = await connection.prepare(f"select * from {SCHEMA}.{name}(gen_random_uuid())")
        assert tuple(item.name for item in statement.get_attributes()) == promised
    await connection.close()
    assert columns


async def test_every_book_has_a_view_of_its_records(columns: dict[str, dict[str, str]]) -> None:
    for name in books():
        record_type = record_types()[name]
        promised = {*RECORD_COLUMNS, *field_columns(record_type)}
        assert promised - columns[name].keys() == set(), name
        assert columns[name]["id"] == "bigint"


async def test_no_view_is_published_that_is_not_promised(
    columns: dict[str, dict[str, str]],
) -> None:
    assert columns.keys() == VIEWS.keys() | books().keys()


def field_columns(record_type: RecordType) -> set[str]:
    fields = {item.column for item in record_type.fields}
    return fields | {"custom"} if record_type.custom_fields else fields
