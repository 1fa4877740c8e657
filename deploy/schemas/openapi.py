"""The OpenAPI 3.1 document of the composed API, printed without opening a database or a store."""

from typing import Any

import asyncpg
from fastapi import FastAPI

from services.access.endpoints import build_router as build_access
from services.api import build_api
from services.chassis.object_store import open_store
from services.exporter.endpoints import build_router as build_exporter
from services.ingest.endpoints import build_router as build_ingest
from services.ingest.handlers.facilities import Facilities
from services.ingest.settings import IngestSettings
from services.ledger.endpoints import build_router as build_ledger

# Nothing is dialled: routes are built over these, and none of them is called.
NOWHERE = {
    "ingest_postgres_dsn": "postgresql://nowhere.invalid/nothing",
    "s3_endpoint": "http://nowhere.invalid",
    "s3_access_key": "nobody",
    "s3_secret_key": "nothing",
    "s3_bucket": "nothing",
    "master_key": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
}


async def print_openapi() -> dict[str, Any]:
    """The document as `/v1/openapi.json` serves it."""
    settings = IngestSettings.model_validate(NOWHERE)
    pool = asyncpg.create_pool(NOWHERE["ingest_postgres_dsn"])
    store = open_store(settings)
    app: FastAPI = build_api()
    app.include_router(build_access(pool))
    app.include_router(build_ingest(Facilities(pool, store, settings)))
    app.include_router(build_ledger(pool))
    app.include_router(build_exporter(pool, store, open_limit=1))
    try:
        return app.openapi()
    finally:
        await store.close()
