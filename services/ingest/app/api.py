"""Ingest's part of the API."""

from contextlib import AsyncExitStack

from fastapi import APIRouter

from services.chassis.database import open_pool
from services.chassis.health import Health
from services.chassis.object_store import open_store
from services.ingest.endpoints import build_router
from services.ingest.handlers.facilities import Facilities
from services.ingest.settings import IngestSettings


async def open_api(resources: AsyncExitStack, health: Health) -> APIRouter:
    settings = IngestSettings()  # pyright: ignore[reportCallIssue]
    dsn = settings.ingest_postgres_dsn.get_secret_value()
    pool = await open_pool(dsn, application_name="ingest-api", max_size=12)
    resources.push_async_callback(pool.close)
    health.add_pool("ingest-database", pool)
    store = open_store(settings)
    resources.push_async_callback(store.close)
    return build_router(Facilities(pool, store, settings))
