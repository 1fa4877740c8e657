"""One process with the routes of all services. It never touches Kafka: what it says goes by
outbox.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI, Response

from services.access.app import open_api as open_access
from services.chassis import metrics
from services.chassis.health import Health
from services.chassis.identity import requires
from services.chassis.web import Problem, create_app
from services.exporter.app.api import open_api as open_exporter
from services.ingest.app.api import open_api as open_ingest
from services.ledger.app.api import open_api as open_ledger

SCHEMAS = Path(__file__).parent.parent / "contracts" / "schemas"
OPENERS = (open_ingest, open_ledger, open_exporter)


def build_api() -> FastAPI:
    """The composed application; databases and the object store are opened when it starts."""
    app = create_app(title="Ledgerport", version=version("ledgerport"), lifespan=_live)
    app.state.health = Health()
    _add_probes(app, app.state.health)
    return app


@asynccontextmanager
async def _live(app: FastAPI) -> AsyncIterator[None]:
    health: Health = app.state.health
    async with AsyncExitStack() as resources:
        router, verifier = await open_access(resources, health)
        app.state.verifier = verifier
        app.include_router(router)
        for router in await asyncio.gather(*(open_one(resources, health) for open_one in OPENERS)):
            app.include_router(router)
        app.state.ready = True
        yield
        app.state.ready = False


def _add_probes(app: FastAPI, health: Health) -> None:
    """Probes are open; metrics need a key, as the port is the public one."""

    async def routes_open() -> bool:
        return bool(getattr(app.state, "ready", False))

    health.add("routes", routes_open)

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz(response: Response) -> dict[str, Any]:
        report = await health.report()
        response.status_code = 200 if all(report.values()) else 503
        return {"status": "ready" if all(report.values()) else "not ready", "checks": report}

    @app.get("/metrics", include_in_schema=False, dependencies=[requires("metrics:read")])
    async def show_metrics() -> Response:
        return Response(metrics.render(), media_type=metrics.CONTENT_TYPE)

    @app.get("/v1/asyncapi.json", include_in_schema=False, dependencies=[requires("imports:read")])
    async def show_asyncapi() -> Response:
        path = SCHEMAS / "asyncapi.json"
        if not path.is_file():
            raise Problem(404, "not_found", "The document is not part of this installation.")
        return Response(
            orjson.dumps(orjson.loads(path.read_bytes())), media_type="application/json"
        )
