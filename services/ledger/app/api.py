"""The ledger's part of the API."""

from contextlib import AsyncExitStack

from fastapi import APIRouter

from services.chassis.database import open_pool
from services.chassis.health import Health
from services.ledger.endpoints import build_router
from services.ledger.settings import LedgerDatabaseSettings


async def open_api(resources: AsyncExitStack, health: Health) -> APIRouter:
    """The ledger's part of the API: the books and the feeds."""
    settings = LedgerDatabaseSettings()  # pyright: ignore[reportCallIssue]
    dsn = settings.ledger_postgres_dsn.get_secret_value()
    pool = await open_pool(dsn, application_name="ledger-api")
    resources.push_async_callback(pool.close)
    health.add_pool("ledger-database", pool)
    return build_router(pool)
