"""Filters: what is allowed means what it says on a real database, and no input reaches the SQL."""

import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.database import open_pool
from services.chassis.filtering import Filterable, compile_filters, quote_identifier
from services.chassis.problems import Problem

FIELDS = {
    "status": Filterable("status"),
    "balance": Filterable("balance", "integer"),
    "due_date": Filterable("due_date", "date"),
    "created_at": Filterable("created_at", "timestamp"),
    "import_id": Filterable("import_id", "uuid"),
}
# All that a condition may consist of, whatever was asked for.
CONDITION = re.compile(
    r'"(status|balance|due_date|created_at|import_id)"'
    r" (=|is distinct from|>|>=|<|<=) (any\()?\$\d+::(text|bigint|date|timestamptz|uuid)(\[\]\))?"
    r'|position\(lower\(\$\d+::text\) in lower\("status"\)\) > 0'
)
NASTY = st.sampled_from(
    [
        "' or 1=1 --",
        '"; drop table accounts; --',
        "$1",
        "%",
        "\\",
        "1e9",
        "-0",
        "9" * 40,
        "2024-02-30",
        "0001-01-01",
        "٣",
        "nan",
        "",
        "\x00",
        "0" * 36,
    ]
)
KEYS = st.one_of(
    st.builds(
        "{}{}".format,
        st.sampled_from([*FIELDS, "state", "status;", 'status"', ""]),
        st.sampled_from(["", "[gte]", "[lt]", "[ne]", "[in]", "[contains]", "[or]", "[", "[gte]x"]),
    ),
    st.text(max_size=30),
)


@given(st.lists(st.tuples(KEYS, NASTY | st.text(max_size=30) | st.integers()), max_size=5))
def test_no_input_reaches_the_sql(items: list[tuple[str, Any]]) -> None:
    try:
        compiled = compile_filters(items, FIELDS, first_parameter=3)
    except Problem as problem:
        told = problem
    else:
        conditions = compiled.sql.split(" and ")
        assert compiled.sql == "true" or all(CONDITION.fullmatch(one) for one in conditions)
        numbers = [int(number) for number in re.findall(r"\$(\d+)", compiled.sql)]
        assert numbers == list(range(3, 3 + len(compiled.arguments)))
        return
    assert told.status == 422
    assert told.errors


@given(st.text(max_size=20))
def test_only_plain_lower_case_names_are_identifiers(name: str) -> None:
    try:
        quoted = quote_identifier(name)
    except ValueError:
        return
    assert re.fullmatch(r'"[a-z_][a-z0-9_]*"', quoted)


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(database, application_name="test", search_path="public")
    await pool.execute(
        "create table accounts (name text, status text, balance bigint, due_date date,"
        " created_at timestamptz, import_id uuid)"
    )
    await pool.executemany(
        "insert into accounts values ($1, $2, $3, $4::text::date, '2026-01-01T00:00:00Z',"
        " '018f0000-0000-7000-8000-000000000001')",
        [
            ("a", "Active", 100, "2026-01-01"),
            ("b", "On Hold", 200, "2026-02-01"),
            ("c", "100%_o'\\", 300, "2026-03-01"),
            ("d", None, None, None),
        ],
    )
    yield pool
    await pool.close()


@pytest.mark.parametrize(
    ("items", "names"),
    [
        ([], "abcd"),
        ([("status", "Active")], "a"),
        ([("status[in]", "Active,On Hold")], "ab"),
        ([("status[in]", ["Active", "100%_o'\\"])], "ac"),
        ([("status[contains]", "HOLD")], "b"),
        ([("status[contains]", "%")], "c"),
        ([("status[contains]", "o'\\")], "c"),
        ([("status[ne]", "Active")], "bcd"),
        ([("balance[gte]", "200")], "bc"),
        ([("balance[gt]", 200)], "c"),
        ([("balance[gte]", "100"), ("balance[lt]", "300")], "ab"),
        ([("balance[in]", "100,300")], "ac"),
        ([("balance[ne]", "100")], "bcd"),
        ([("due_date[lt]", "2026-02-01")], "a"),
        ([("due_date", "2026-03-01")], "c"),
        ([("created_at[lte]", "2026-01-01T01:00:00+01:00")], "abcd"),
        ([("import_id", "018f0000-0000-7000-8000-000000000002")], ""),
    ],
)
async def test_a_filter_finds_what_a_person_would_expect(
    pool: asyncpg.Pool, items: list[tuple[str, Any]], names: str
) -> None:
    compiled = compile_filters(items, FIELDS)
    rows = await pool.fetch(
        f"select name from accounts where {compiled.sql} order by name", *compiled.arguments
    )
    assert "".join(row["name"] for row in rows) == names


@pytest.mark.parametrize(
    ("key", "value", "code", "named"),
    [
        ("ssn", "1", "unknown_filter", "balance"),
        ("balance[contains]", "1", "unknown_operator", "gte"),
        ("balance[like]", "1", "unknown_operator", "gte"),
        ("balance[gte]", "100.00", "bad_value", "integer"),
        ("balance", True, "bad_value", "integer"),
        ("due_date[gte]", "01/02/2024", "bad_value", "date"),
        ("created_at[gte]", "2026-01-01T00:00:00", "bad_value", "timestamp"),
        ("status", "a\x00", "bad_value", "text"),
        ("status", "\ud800", "bad_value", "text"),
        ("status", {"a": 1}, "bad_value", "text"),
        ("status[in]", ["x"] * 1001, "too_many_values", "1000"),
    ],
)
def test_a_filter_that_cannot_be_used_names_what_can(
    key: str, value: Any, code: str, named: str
) -> None:
    with pytest.raises(Problem) as raised:
        compile_filters([(key, value)], FIELDS)
    assert raised.value.status == 422
    (error,) = raised.value.errors
    assert error.code == code
    assert named in error.sentence
