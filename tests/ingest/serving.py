"""The application behind a real server, within the test's own loop."""

import asyncio
from contextlib import AsyncExitStack

import httpx
import uvicorn
from fastapi import FastAPI

from services.chassis.health import QuietServer


async def serve(app: FastAPI, resources: AsyncExitStack) -> httpx.AsyncClient:
    """A client of the application behind a real server."""
    server = QuietServer(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())

    async def end() -> None:
        server.should_exit = True
        await serving

    resources.push_async_callback(end)
    while not server.started:
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    return await resources.enter_async_context(
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": "Bearer tester"},
            timeout=60,
        )
    )
