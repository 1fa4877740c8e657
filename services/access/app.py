"""Who is plugged into whom: access' part of the API, its verifier, its schema and first key."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from fastapi import APIRouter

from services.access.endpoints import build_router
from services.access.handlers import KeyVerifier, issue_key
from services.access.settings import AccessSettings
from services.chassis.database import open_pool
from services.chassis.health import Health
from services.chassis.identity import Verifier
from services.chassis.migrations import migrate

SCHEMA = "access"


def _dsn() -> str:
    settings = AccessSettings()  # pyright: ignore[reportCallIssue]
    return settings.access_postgres_dsn.get_secret_value()


async def open_api(resources: AsyncExitStack, health: Health) -> tuple[APIRouter, Verifier]:
    """The routes for keys, and the verifier that every router's dependencies ask."""
    pool = await open_pool(_dsn(), application_name="access-api")
    resources.push_async_callback(pool.close)
    health.add_pool("access-database", pool)
    return build_router(pool), KeyVerifier(pool)


async def migrate_schema() -> Sequence[str]:
    folders = [Path(__file__).parent / "migrations"]
    return await migrate(_dsn(), schema=SCHEMA, folders=folders)


async def issue_first_key(*, name: str, actor: str, scopes: list[str]) -> str:
    """A key made from the command line of the installation itself; its token."""
    pool = await open_pool(_dsn(), application_name="access-issue-key", max_size=1)
    try:
        _, token = await issue_key(
            pool, name=name, actor=actor, scopes=scopes, created_by="installation"
        )
        return token
    finally:
        await pool.close()
