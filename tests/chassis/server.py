"""An application behind a real HTTP server, for what only a connection can show."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager

import httpx
import uvicorn
from fastapi import FastAPI

from services.chassis.streams import OrderlyServer


class QuietServer(OrderlyServer):
    """Signals stay the test runner's."""

    @contextmanager
    def capture_signals(self):
        yield


class Served:
    """A client of the application, and its port for bare connections."""

    def __init__(self, server: QuietServer, serving: asyncio.Task[None], port: int) -> None:
        self._server = server
        self.serving = serving
        self.port = port
        self.client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20
        )

    def stop(self) -> None:
        self._server.should_exit = True

    async def say(self, text: bytes) -> bytes:
        """Send these bytes over a connection of their own; everything that is answered."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(text)
        await writer.drain()
        try:
            async with asyncio.timeout(20):
                return await reader.read()
        finally:
            writer.close()


@asynccontextmanager
async def serve(app: FastAPI) -> AsyncIterator[Served]:
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, access_log=False, http="httptools"
    )
    server = QuietServer(config, app.state.streams)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(20):
        while not server.started:
            await asyncio.sleep(0.01)
    served = Served(server, serving, server.servers[0].sockets[0].getsockname()[1])
    try:
        yield served
    finally:
        served.stop()
        await served.client.aclose()
        await serving
