"""`Idempotency-Key` on a real database: one effect, one answer, whatever is repeated and when."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from services.chassis import idempotency
from services.chassis.database import open_pool
from services.chassis.idempotency import StoredAnswer, begin, check_key, fingerprint, finish
from services.chassis.problems import Problem

TABLE = Path(idempotency.__file__).parent / "migrations" / "0002_idempotency.sql"
ANSWER = StoredAnswer(202, {"Location": "/v1/imports/1"}, b'{"id":"1"}')
CONTENT = fingerprint(b"POST", b"/v1/imports", b"file")


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(database, application_name="test", search_path="public")
    await pool.execute(TABLE.read_text())
    await pool.execute("create table effects (number bigint generated always as identity)")
    yield pool
    await pool.close()


async def ask(
    pool: asyncpg.Pool, *, actor: str = "a", key: str = "k", content: bytes = CONTENT
) -> StoredAnswer:
    async with pool.acquire() as connection, connection.transaction():
        known = await begin(connection, actor, key, content)
        if known is not None:
            return known
        await connection.execute("insert into effects default values")
        await finish(connection, actor, key, ANSWER)
        return ANSWER


async def count_effects(pool: asyncpg.Pool) -> int:
    return await pool.fetchval("select count(*) from effects")


async def test_a_repeated_request_gets_the_first_answer_and_no_second_effect(
    pool: asyncpg.Pool,
) -> None:
    assert [await ask(pool) for _ in range(3)] == [ANSWER] * 3
    assert await count_effects(pool) == 1


async def test_another_content_under_the_same_key_is_refused(pool: asyncpg.Pool) -> None:
    await ask(pool)
    with pytest.raises(Problem) as raised:
        await ask(pool, content=fingerprint(b"POST", b"/v1/imports", b"other"))
    assert (raised.value.status, raised.value.code) == (422, "idempotency_key_reused")
    assert await count_effects(pool) == 1


async def test_keys_of_different_actors_are_different(pool: asyncpg.Pool) -> None:
    await ask(pool)
    await ask(pool, actor="b", content=fingerprint(b"else"))
    assert await count_effects(pool) == 2


async def test_while_the_first_is_under_way_the_second_is_told_so_at_once(
    pool: asyncpg.Pool,
) -> None:
    async with pool.acquire() as first, first.transaction():
        assert await begin(first, "a", "k", CONTENT) is None
        async with asyncio.timeout(5):
            with pytest.raises(Problem) as raised:
                await ask(pool)
        assert (raised.value.status, raised.value.code) == (409, "request_in_flight")
        await ask(pool, key="other")
        await finish(first, "a", "k", ANSWER)
    assert await ask(pool) == ANSWER


async def test_a_first_that_failed_leaves_the_key_free(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        failing = connection.transaction()
        await failing.start()
        await begin(connection, "a", "k", CONTENT)
        await failing.rollback()
    assert await ask(pool, content=fingerprint(b"corrected")) == ANSWER
    assert await count_effects(pool) == 1


async def test_fifty_at_once_have_one_effect(pool: asyncpg.Pool) -> None:
    found = await asyncio.gather(*(ask(pool) for _ in range(50)), return_exceptions=True)
    answers = [one for one in found if isinstance(one, StoredAnswer)]
    others = [one for one in found if not isinstance(one, StoredAnswer)]
    assert answers
    assert all(answer == ANSWER for answer in answers)
    assert {getattr(other, "status", other) for other in others} <= {409}
    assert await count_effects(pool) == 1


async def test_keys_are_forgotten_after_two_days_and_not_before_one(pool: asyncpg.Pool) -> None:
    await ask(pool, key="young")
    await ask(pool, key="old")
    await pool.execute("update idempotency_keys set created_at = now() - interval '25 hours'")
    await pool.execute(
        "update idempotency_keys set created_at = now() - interval '49 hours' where key = 'old'"
    )
    async with pool.acquire() as connection:
        await idempotency.forget_old(connection)
    kept = await pool.fetch("select key from idempotency_keys")
    assert [row["key"] for row in kept] == ["young"]


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "a\x00b"])
def test_a_key_that_cannot_be_one_is_refused(key: str) -> None:
    with pytest.raises(Problem) as raised:
        check_key(key)
    assert raised.value.status == 400


def test_parts_of_a_fingerprint_do_not_run_into_each_other() -> None:
    assert fingerprint(b"ab", b"c") != fingerprint(b"a", b"bc")
