"""Probes: `/healthz` (the event loop turns), `/readyz` (what it needs answers), `/metrics`."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.chassis import metrics

Check = Callable[[], Awaitable[bool]]
DEADLINE_SECONDS = 2.0


@dataclass(slots=True)
class Health:
    """Named readiness checks; one that raises or takes too long is not ready."""

    checks: dict[str, Check] = field(default_factory=dict[str, Check])

    def add(self, name: str, check: Check) -> None:
        self.checks[name] = check

    def add_pool(self, name: str, pool: asyncpg.Pool) -> None:
        """Ask whether a database answers."""

        async def answers() -> bool:
            return await pool.fetchval("select true")

        self.add(name, answers)

    async def report(self) -> dict[str, bool]:
        names = list(self.checks)
        results = await asyncio.gather(*(self._ask(self.checks[name]) for name in names))
        return dict(zip(names, results, strict=True))

    async def _ask(self, check: Check) -> bool:
        try:
            return await asyncio.wait_for(check(), DEADLINE_SECONDS)
        except Exception:
            return False


def build_probe(health: Health) -> Starlette:
    """The probe of a worker, on a port of its own."""

    async def healthz(_request: Request) -> Response:
        return Response(b'{"status":"alive"}', media_type="application/json")

    async def readyz(_request: Request) -> Response:
        report = await health.report()
        ready = all(report.values())
        body = orjson.dumps({"status": "ready" if ready else "not ready", "checks": report})
        return Response(body, 200 if ready else 503, media_type="application/json")

    async def show_metrics(_request: Request) -> Response:
        return Response(metrics.render(), media_type=metrics.CONTENT_TYPE)

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", show_metrics),
        ]
    )


class QuietServer(uvicorn.Server):
    """uvicorn beside other tasks: signals are the worker's business."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_probe(health: Health, *, host: str, port: int, stop: asyncio.Event) -> None:
    """Answer probes until stopped."""
    config = uvicorn.Config(
        build_probe(health),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = QuietServer(config)
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    server.should_exit = True
    await serving
