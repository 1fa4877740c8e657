"""Migrations against a real server: once each, in order, and never changed afterwards."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from services.chassis.migrations import (
    CHASSIS_MIGRATIONS,
    ChangedMigrationError,
    MisnumberedMigrationError,
    lay_views,
    migrate,
    read_migrations,
)


@pytest.fixture
async def schema(database: str) -> str:
    connection = await asyncpg.connect(database)
    await connection.execute("create schema house")
    await connection.close()
    return "house"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "attic" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001_boxes.sql").write_text("create table boxes (id int primary key);")
    (folder / "0002_labels.sql").write_text("alter table boxes add column label text;")
    return folder


async def ask(dsn: str, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn, server_settings={"search_path": "house"})
    try:
        return await connection.fetch(sql)
    finally:
        await connection.close()


async def test_each_is_applied_once_and_in_order(database: str, schema: str, folder: Path) -> None:
    folders = [CHASSIS_MIGRATIONS, folder]
    applied = await migrate(database, schema=schema, folders=folders)
    assert applied[-2:] == ["house: attic/0001_boxes.sql", "house: attic/0002_labels.sql"]
    assert await migrate(database, schema=schema, folders=folders) == []
    (folder / "0003_more.sql").write_text("insert into boxes values (1, 'old letters');")
    assert await migrate(database, schema=schema, folders=folders) == ["house: attic/0003_more.sql"]
    assert [tuple(row) for row in await ask(database, "select * from boxes")] == [
        (1, "old letters")
    ]
    assert await ask(database, "select count(*) from outbox")


async def test_a_changed_migration_is_refused(database: str, schema: str, folder: Path) -> None:
    await migrate(database, schema=schema, folders=[folder])
    (folder / "0001_boxes.sql").write_text("create table boxes (id bigint primary key);")
    with pytest.raises(ChangedMigrationError, match=r"0001_boxes\.sql"):
        await migrate(database, schema=schema, folders=[folder])


async def test_one_that_fails_leaves_nothing_behind(
    database: str, schema: str, folder: Path
) -> None:
    (folder / "0003_half.sql").write_text("create table half (id int); select 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(database, schema=schema, folders=[folder])
    names = await ask(database, "select name from schema_migrations order by name")
    assert [row["name"] for row in names] == ["0001_boxes.sql", "0002_labels.sql"]
    assert (await ask(database, "select to_regclass('half')"))[0][0] is None


async def test_two_at_once_apply_each_migration_once(
    database: str, schema: str, folder: Path
) -> None:
    results = await asyncio.gather(
        *(migrate(database, schema=schema, folders=[folder]) for _ in range(4))
    )
    assert sorted(map(len, results)) == [0, 0, 0, 2]


@pytest.mark.parametrize("name", ["0002_again.sql", "3_short.sql", "0003-dashes.sql"])
def test_a_migration_needs_a_number_of_its_own(folder: Path, name: str) -> None:
    (folder / name).write_text("select 1;")
    with pytest.raises(MisnumberedMigrationError):
        read_migrations(folder)


async def test_views_are_laid_all_or_none(database: str, schema: str, folder: Path) -> None:
    await migrate(database, schema=schema, folders=[folder])
    good, bad = folder / "good.txt", folder / "bad.txt"
    good.write_text("create or replace view labels as select label from boxes;")
    bad.write_text("create or replace view broken as select nothing from boxes;")
    with pytest.raises(asyncpg.UndefinedColumnError):
        await lay_views(database, schema=schema, files=[good, bad])
    assert (await ask(database, "select to_regclass('labels')"))[0][0] is None
    await lay_views(database, schema=schema, files=[good])
    await lay_views(database, schema=schema, files=[good])
    assert await ask(database, "select * from labels") == []
