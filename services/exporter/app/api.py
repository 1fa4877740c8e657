"""The exporter's part of the API."""

from contextlib import AsyncExitStack

from fastapi import APIRouter

from services.chassis.database import open_pool
from services.chassis.health import Health
from services.chassis.object_store import open_store
from services.exporter.endpoints import build_router
from services.exporter.settings import ExporterApiSettings


async def open_api(resources: AsyncExitStack, health: Health) -> APIRouter:
    settings = ExporterApiSettings()  # pyright: ignore[reportCallIssue]
    dsn = settings.exporter_postgres_dsn.get_secret_value()
    pool = await open_pool(dsn, application_name="exporter-api")
    resources.push_async_callback(pool.close)
    health.add_pool("exporter-database", pool)
    store = open_store(settings)
    resources.push_async_callback(store.close)
    return build_router(pool, store, open_limit=settings.exporter_open_limit)
