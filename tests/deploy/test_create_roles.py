"""Roles on a real database: each service in its own schema, and nobody in another's."""

import asyncpg
import pytest

from deploy.create_roles import NoLoginError, RolesSettings, create_roles, read_login
from tests.conftest import Postgres

SERVICES = ("ingest", "ledger", "exporter", "access")


def settings_for(postgres: Postgres, database: str, password: str = "p'ass%40") -> RolesSettings:
    """Roles are the cluster's: each test database has its own, named after it."""
    name = database.rsplit("/", 1)[1]
    address = postgres.dsn.rsplit("@", 1)[1].rsplit("/", 1)[0]
    dsns = {
        f"{service}_postgres_dsn": f"postgresql://{service}_{name}:{password}@{address}/{name}"
        for service in SERVICES
    }
    return RolesSettings.model_validate({"admin_postgres_dsn": database, **dsns})


async def connect(settings: RolesSettings, service: str) -> asyncpg.Connection:
    dsn = getattr(settings, f"{service}_postgres_dsn")
    return await asyncpg.connect(dsn.get_secret_value())


async def run_as(settings: RolesSettings, service: str, *statements: str) -> None:
    connection = await connect(settings, service)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_each_service_works_in_a_schema_of_its_own(postgres: Postgres, database: str) -> None:
    settings = settings_for(postgres, database)
    await create_roles(settings)
    for service in SERVICES:
        connection = await connect(settings, service)
        await connection.execute("CREATE TABLE own (id int)")
        assert await connection.fetchval("SELECT current_schema()") == service
        await connection.close()


async def test_no_service_reaches_the_tables_of_another(postgres: Postgres, database: str) -> None:
    settings = settings_for(postgres, database)
    await create_roles(settings)
    await run_as(settings, "ledger", "CREATE TABLE own (id int)")
    for service in ("ingest", "exporter", "access"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run_as(settings, service, "SELECT * FROM ledger.own")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run_as(settings, service, "CREATE TABLE public.own (id int)")


async def test_published_views_are_read_by_ingest_and_exporter_only(
    postgres: Postgres, database: str
) -> None:
    settings = settings_for(postgres, database)
    await create_roles(settings)
    await run_as(settings, "ledger", "CREATE VIEW ledger_v1.answer AS SELECT 42 AS answer")
    for service in ("ingest", "exporter"):
        await run_as(settings, service, "SELECT * FROM ledger_v1.answer")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run_as(settings, service, "CREATE VIEW ledger_v1.mine AS SELECT 1")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run_as(settings, "access", "SELECT * FROM ledger_v1.answer")


async def test_a_repeated_run_takes_over_a_changed_password(
    postgres: Postgres, database: str
) -> None:
    await create_roles(settings_for(postgres, database))
    changed = settings_for(postgres, database, "another")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await connect(changed, "ledger")
    await create_roles(changed)
    await run_as(changed, "ledger", "SELECT 1")


def test_a_dsn_without_a_password_is_refused() -> None:
    assert read_login("postgresql://a:b%40c@host/db") == ("a", "b@c")
    with pytest.raises(NoLoginError):
        read_login("postgresql://a@host/db")
