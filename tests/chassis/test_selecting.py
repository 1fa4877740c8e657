"""The select of an export, run by a real server: what it writes is what Python would write, and no
text in it is ever more than text.
"""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.chassis.filtering import CompiledFilter, Filterable, compile_filters
from services.chassis.selecting import (
    SelectedColumn,
    Source,
    TextFormats,
    compose_custom_names,
    compose_select,
)
from services.exporter.domain.formats import resolve_formats
from services.files.formulas import neutralise_formula
from services.values.dates import KNOWN_FORMATS as DATE_FORMATS
from services.values.dates import format_date, parse_date_format
from services.values.decimal_formats import KNOWN_FORMATS as DECIMAL_FORMATS
from services.values.decimal_formats import parse_decimal_format
from tests.conftest import Postgres, run_apart

EVERYTHING = CompiledFilter("true", ())
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=20)
BORN_DANGEROUS = st.builds(
    lambda quotes, first, rest: "'" * quotes + first + rest,
    st.integers(0, 3),
    st.sampled_from("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20'ax"),
    TEXT,
)
FEW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
LAYING = """
create schema shelf;
create function shelf.money_text(minor bigint, currency text) returns text
    language sql immutable return (minor * 0.01)::numeric(20, 2)::text;
create table shelf.things (
    id bigint primary key, name text, amount bigint, currency text default 'USD', day date,
    custom jsonb default '{}');
"""


class Shelf:
    """A table to select from, in a loop of its own, as hypothesis calls without one."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    def lay(self) -> None:
        run_apart(self._run(LAYING))

    async def _run(self, statement: str, *arguments: Any) -> None:
        connection = await asyncpg.connect(self._dsn)
        try:
            await connection.execute(statement, *arguments)
        finally:
            await connection.close()

    def copy(
        self,
        columns: list[tuple[Any, ...]],
        source: Source,
        selected: list[SelectedColumn],
        formats: TextFormats,
    ) -> list[list[str]]:
        """Fill the table with these (id, name, amount, day, custom), and export it."""
        return run_apart(self._copy(columns, source, selected, formats))

    async def _copy(
        self,
        rows: list[tuple[Any, ...]],
        source: Source,
        selected: list[SelectedColumn],
        formats: TextFormats,
    ) -> list[list[str]]:
        connection = await asyncpg.connect(self._dsn)
        file = io.BytesIO()
        try:
            await connection.execute("truncate shelf.things")
            await connection.executemany(
                "insert into shelf.things (id, name, amount, day, custom)"
                " values ($1, $2, $3, $4, coalesce($5::text, '{}')::jsonb)",
                rows,
            )
            sql, arguments = compose_select(source, selected, formats)
            await connection.copy_from_query(sql, *arguments, output=file, format="csv")
        finally:
            await connection.close()
        return list(csv.reader(io.StringIO(file.getvalue().decode(), newline="")))


@pytest.fixture(scope="module")
def shelf(postgres: Postgres) -> Iterator[Shelf]:
    dsn = run_apart(postgres.create_database())
    found = Shelf(dsn)
    found.lay()
    yield found
    run_apart(postgres.drop_database(dsn))


NAME = SelectedColumn("Name", "name", "text")
ALL = Source("shelf", "things", EVERYTHING)


@FEW
@given(st.lists(TEXT | BORN_DANGEROUS, min_size=1, max_size=30))
def test_formulas_are_neutralised_exactly_as_readers_expect(shelf: Shelf, names: list[str]) -> None:
    rows = [(number, name, None, None, None) for number, name in enumerate(names)]
    found = shelf.copy(rows, ALL, [NAME], TextFormats())
    assert [row[0] for row in found] == [neutralise_formula(name) for name in names]


@FEW
@given(st.lists(TEXT | BORN_DANGEROUS, min_size=1, max_size=10), st.data())
def test_a_filter_finds_exactly_the_text_that_it_is_given(
    shelf: Shelf, names: list[str], data: st.DataObject
) -> None:
    wanted = data.draw(st.sampled_from(names) | TEXT)
    rows = [(number, name, None, None, None) for number, name in enumerate(names)]
    filters = compile_filters(
        {"name": wanted, "name[in]": [wanted, "'); drop table shelf.things; --"]},
        {"name": Filterable("name")},
    )
    identity = [SelectedColumn("Id", "id", "plain")]
    found = shelf.copy(rows, Source("shelf", "things", filters), identity, TextFormats())
    assert [int(row[0]) for row in found] == [n for n, name in enumerate(names) if name == wanted]


@FEW
@given(st.lists(TEXT | st.sampled_from(["$1", "a'b", 'x"y', "\\", "%s"]), unique=True, min_size=1))
def test_a_custom_column_is_found_by_its_name_whatever_that_is(
    shelf: Shelf, names: list[str]
) -> None:
    custom = json.dumps({name: f"v{number}" for number, name in enumerate(names)})
    columns = [SelectedColumn(name, "custom", "custom") for name in names]
    [found] = shelf.copy([(1, "x", None, None, custom)], ALL, columns, TextFormats())
    assert found == [f"v{number}" for number in range(len(names))]


@pytest.mark.parametrize("name", DATE_FORMATS)
def test_dates_are_written_as_python_writes_them(shelf: Shelf, name: str) -> None:
    days = [date(2026, month, 1 + month * 2) for month in range(1, 13)] + [date(1969, 12, 31)]
    rows = [(number, None, None, day, None) for number, day in enumerate(days)]
    formats = resolve_formats("1234.56", name)
    found = shelf.copy(rows, ALL, [SelectedColumn("Day", "day", "date")], formats)
    form = parse_date_format(name)
    assert [row[0] for row in found] == [format_date(day.isoformat(), form) for day in days]


@pytest.mark.parametrize("name", DECIMAL_FORMATS)
def test_amounts_are_written_as_python_writes_them(shelf: Shelf, name: str) -> None:
    amounts = [0, 5, -5, 99, 100, -123456, 12345678, 1234567890123, -100000000]
    rows = [(number, None, minor, None, None) for number, minor in enumerate(amounts)]
    formats = resolve_formats(name, "ISO 8601")
    columns = [SelectedColumn("Amount", "amount", "money"), NAME]
    found = shelf.copy(rows, ALL, columns, formats)
    form = parse_decimal_format(name)
    written = [
        f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02}" for minor in amounts
    ]
    assert [row[0] for row in found] == [form.write(text) for text in written]


def test_order_and_ids_select_and_sort_with_the_id_last(shelf: Shelf) -> None:
    rows = [(number, "ab"[number % 2], None, None, None) for number in range(6)]
    source = Source("shelf", "things", EVERYTHING, order=("-name",), ids=(5, 0, 1, 4, 99))
    columns = [SelectedColumn("Id", "id", "plain"), NAME]
    found = shelf.copy(rows, source, columns, TextFormats())
    assert [row[0] for row in found] == ["1", "5", "0", "4"]


@pytest.mark.parametrize("name", ["Name", "name; drop", 'a"b', "", "name\n"])
def test_a_name_that_is_no_plain_identifier_never_reaches_sql(name: str) -> None:
    with pytest.raises(ValueError, match="identifier"):
        compose_select(ALL, [SelectedColumn("x", name, "text")], TextFormats())
    with pytest.raises(ValueError, match="identifier"):
        compose_select(Source("shelf", name, EVERYTHING), [NAME], TextFormats())
    with pytest.raises(ValueError, match="identifier"):
        compose_select(Source("shelf", "things", EVERYTHING, order=(name,)), [NAME], TextFormats())
    with pytest.raises(ValueError, match="identifier"):
        compose_custom_names(Source("shelf", name, EVERYTHING), [])
