"""A small application with every way to succeed and to fail, for the tests of the web."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, FastAPI, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field
from starlette.responses import StreamingResponse

from contracts.api.model import Body
from services.chassis.identity import Principal, requires
from services.chassis.web import create_app

KEY = {"Authorization": "Bearer good"}
CANARY = "078-05-1120"


class Debt(Body):
    minor: Annotated[int, Field(le=10**15)]
    note: str = ""


class OneKey:
    """Knows one token, which may read."""

    async def verify(self, token: str) -> Principal | None:
        known = token == "good"
        return Principal("k1", "tester", frozenset({"records:read"})) if known else None


FAILURES = {
    "interface": asyncpg.InterfaceError("the pool is closed"),
    "shutdown": asyncpg.AdminShutdownError(CANARY),
    "refused": ConnectionRefusedError(CANARY),
    "range": asyncpg.NumericValueOutOfRangeError(CANARY),
    "bug": KeyError(CANARY),
}


def build_routes() -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.post("/debts", dependencies=[requires("records:read")])
    async def take(debt: Debt) -> dict[str, Any]:
        return {"minor": debt.minor}

    @router.get("/fails/{how}")
    async def fail(how: str) -> None:
        raise FAILURES[how]

    @router.get("/secrets", dependencies=[requires("keys:manage")])
    async def show() -> dict[str, str]:
        return {}

    @router.get("/half")
    async def stop_half_way(request: Request) -> Any:
        async def body() -> AsyncIterator[bytes]:
            yield b"first"
            raise KeyError(CANARY)

        return StreamingResponse(body())

    @router.get("/moves", response_class=EventSourceResponse)
    async def move() -> AsyncIterator[ServerSentEvent]:
        yield ServerSentEvent(data="begun")
        await asyncio.Event().wait()

    @router.post("/imports")
    async def upload(request: Request) -> dict[str, int]:
        return {"bytes": sum([len(chunk) async for chunk in request.stream()])}

    return router


def build_app(*, silence_seconds: float = 30.0) -> FastAPI:
    app = create_app(title="test", version="1", lifespan=None, silence_seconds=silence_seconds)
    app.state.verifier = OneKey()
    app.include_router(build_routes())
    return app
