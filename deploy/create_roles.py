"""A step: one login role with a schema of its own per service, and who may read the books' views.

Can be repeated; a changed password in a service's DSN is taken over.
"""

import asyncio
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.chassis.queries import load_queries

PUBLISHED = "ledger_v1"
READERS = ("ingest", "exporter")


class RolesSettings(BaseSettings):
    """An administrator's DSN, and the services': they name each role and its password."""

    model_config = SettingsConfigDict(env_prefix="LEDGERPORT_")

    admin_postgres_dsn: SecretStr
    ingest_postgres_dsn: SecretStr
    ledger_postgres_dsn: SecretStr
    exporter_postgres_dsn: SecretStr
    access_postgres_dsn: SecretStr

    def logins(self) -> dict[str, tuple[str, str]]:
        """Service: role and password."""
        dsns = {
            "ingest": self.ingest_postgres_dsn,
            "ledger": self.ledger_postgres_dsn,
            "exporter": self.exporter_postgres_dsn,
            "access": self.access_postgres_dsn,
        }
        return {service: read_login(dsn.get_secret_value()) for service, dsn in dsns.items()}


class NoLoginError(Exception):
    """A service's DSN names no role or no password."""


def read_login(dsn: str) -> tuple[str, str]:
    parts = urlsplit(dsn)
    if not parts.username or not parts.password:
        raise NoLoginError("a service's DSN must name its role and password")
    return unquote(parts.username), unquote(parts.password)


class RoleMaker:
    """Runs the statements of create_roles.sql over one administrator's connection."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._queries = load_queries(Path(__file__).with_suffix(".sql"))

    async def ask(self, query: str, *arguments: str) -> bool:
        return bool(await self._connection.fetchval(self._queries[query], *arguments))

    async def run(self, query: str) -> None:
        await self._connection.execute(self._queries[query])

    async def run_built(self, query: str, *arguments: str) -> None:
        """Let the server quote names and passwords, then run what it has built."""
        statement = await self._connection.fetchval(self._queries[query], *arguments)
        await self._connection.execute(statement)

    async def make_role(self, role: str, password: str) -> None:
        known = await self.ask("role_exists", role)
        change = "set_password_statement" if known else "create_role_statement"
        await self.run_built(change, role, password)
        await self.run_built("let_connect_statement", role)

    async def make_schema(self, schema: str, role: str) -> None:
        await self.run_built("create_schema_statement", schema, role)
        await self.run_built("set_search_path_statement", role, schema)

    async def publish(self, owner: str, readers: tuple[str, ...]) -> None:
        """The books' views: owned by the ledger, readable by those who may."""
        await self.run_built("create_schema_statement", PUBLISHED, owner)
        for reader in readers:
            await self.run_built("let_use_schema_statement", PUBLISHED, reader)
            await self.run_built("let_read_statement", PUBLISHED, reader)
            await self.run_built("let_read_future_statement", owner, PUBLISHED, reader)


async def ensure_database(dsn: str) -> None:
    """Make the DSN's database where the server has only its own."""
    parts = urlsplit(dsn)
    name = unquote(parts.path.lstrip("/"))
    connection = await asyncpg.connect(urlunsplit(parts._replace(path="/postgres")))
    try:
        maker = RoleMaker(connection)
        if not await maker.ask("database_exists", name):
            await maker.run_built("create_database_statement", name)
    finally:
        await connection.close()


async def create_roles(settings: RolesSettings) -> None:
    dsn = settings.admin_postgres_dsn.get_secret_value()
    await ensure_database(dsn)
    connection = await asyncpg.connect(dsn)
    try:
        maker = RoleMaker(connection)
        await maker.run("serialize")
        async with connection.transaction():
            await maker.run_built("close_database_statement")
            await maker.run("close_public_schema")
            logins = settings.logins()
            for schema, (role, password) in logins.items():
                await maker.make_role(role, password)
                await maker.make_schema(schema, role)
            readers = tuple(logins[service][0] for service in READERS)
            await maker.publish(logins["ledger"][0], readers)
    finally:
        await connection.close()


def main() -> None:
    asyncio.run(create_roles(RolesSettings.model_validate({})))


if __name__ == "__main__":
    main()
