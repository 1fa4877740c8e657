"""Migrations: numbered `.sql` files, each applied once, in one transaction, under a lock."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import asyncpg

CHASSIS_MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 7001
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


class ChangedMigrationError(Exception):
    """A migration that was applied is no longer the same file."""


class MisnumberedMigrationError(Exception):
    """A file is not called `0001_what_it_does.sql`, or two have one number."""


@asynccontextmanager
async def _connect(dsn: str, schema: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn, server_settings={"search_path": schema})
    try:
        await connection.execute("select pg_advisory_lock($1, hashtext($2))", _LOCK, schema)
        yield connection
    finally:
        await connection.close()


async def migrate(dsn: str, *, schema: str, folders: Sequence[Path]) -> list[str]:
    """Apply what is missing of `folders`, in their order; returns the names applied.

    A folder's last two names are its namespace. Raises ChangedMigrationError and
    MisnumberedMigrationError.
    """
    async with _connect(dsn, schema) as connection:
        await connection.execute(
            "create table if not exists schema_migrations (namespace text, name text,"
            " checksum text not null, applied_at timestamptz not null default now(),"
            " primary key (namespace, name))"
        )
        applied: list[str] = []
        for folder in folders:
            for path, text in read_migrations(folder):
                namespace = f"{folder.parent.name}/{folder.name}"
                if await _apply(connection, namespace, path.name, text):
                    applied.append(f"{schema}: {folder.parent.name}/{path.name}")
        return applied


def read_migrations(folder: Path) -> list[tuple[Path, str]]:
    """In the order of their numbers; raises MisnumberedMigrationError."""
    numbers: set[str] = set()
    paths = sorted(folder.glob("*.sql"))
    for path in paths:
        name = _NAME.fullmatch(path.name)
        if name is None or name[1] in numbers:
            raise MisnumberedMigrationError(f"{folder.parent.name}: {path.name}")
        numbers.add(name[1])
    return [(path, path.read_text(encoding="utf-8")) for path in paths]


async def _apply(connection: asyncpg.Connection, namespace: str, name: str, text: str) -> bool:
    checksum = sha256(text.encode()).hexdigest()
    known = await connection.fetchval(
        "select checksum from schema_migrations where namespace = $1 and name = $2",
        namespace,
        name,
    )
    if known is not None:
        if known != checksum:
            raise ChangedMigrationError(f"{namespace}/{name} was changed after it was applied")
        return False
    async with connection.transaction():
        await connection.execute(text)
        await connection.execute(
            "insert into schema_migrations (namespace, name, checksum) values ($1, $2, $3)",
            namespace,
            name,
            checksum,
        )
    return True


async def lay_views(dsn: str, *, schema: str, files: Sequence[Path]) -> None:
    """Run files of `create or replace view`, in their order and one transaction."""
    async with _connect(dsn, schema) as connection, connection.transaction():
        for path in files:
            await connection.execute(path.read_text(encoding="utf-8"))
