"""The web of the house: problem answers, limits, request ids, safe headers, the last resort."""

import asyncio
import re
import time
from http import HTTPStatus
from typing import Any

import asyncpg
import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.bodies import SILENCE_SECONDS, BodyRefused, GuardedBody, check_length, is_json
from services.chassis.clock import uuid7
from services.chassis.database import RETRYABLE
from services.chassis.logs import bind, get_logger
from services.chassis.object_store import StoreUnavailableError
from services.chassis.problems import Problem, ProblemItem
from services.chassis.streams import EVENT_STREAM, OpenStreams

PROBLEM_TYPE = "application/problem+json"
BODY_LIMIT = 8 * 1024 * 1024
UPLOAD_LIMIT = 1024 * 1024 * 1024 + 16 * 1024 * 1024
# They take long bodies, keep them as they come, and parse their JSON themselves.
UPLOAD_PATHS = ("/v1/imports",)
_REQUEST_ID = re.compile(r"[\w.-]{1,100}\Z", re.ASCII)
_SAFE_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
# What an answer must not allow, whatever its route says.
_REPLACED_HEADERS = ((b"cache-control", b"no-cache"),)


def create_app(
    *, title: str, version: str, lifespan: Any, silence_seconds: float = SILENCE_SECONDS
) -> FastAPI:
    """An application whose every error is a problem and whose every answer has a request id.

    `app.state.streams.end_all()` ends its event streams, so that a shutdown is not held up.
    """
    app = FastAPI(
        title=title,
        version=version,
        lifespan=lifespan,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.add_exception_handler(Problem, _on_problem)  # pyright: ignore[reportArgumentType]
    app.add_exception_handler(RequestValidationError, _on_invalid)  # pyright: ignore[reportArgumentType]
    app.add_exception_handler(HTTPException, _on_http)  # pyright: ignore[reportArgumentType]
    # Values that the database cannot take: far too large numbers, characters it has not.
    app.add_exception_handler(asyncpg.DataError, _on_unusable_value)
    for kind in (*RETRYABLE, StoreUnavailableError):
        app.add_exception_handler(kind, _on_away)
    app.state.streams = OpenStreams()
    app.add_middleware(Frame, streams=app.state.streams, silence_seconds=silence_seconds)
    return app


class Frame:
    """Around every request, without touching its stream: id, limits, headers, log, last resort."""

    def __init__(self, app: ASGIApp, *, streams: OpenStreams, silence_seconds: float) -> None:
        self._app = app
        self._streams = streams
        self._silence_seconds = silence_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        request_id = _request_id(headers)
        scope.setdefault("state", {})["request_id"] = request_id
        exchange = _Exchange(scope, send, request_id, self._streams)
        with bind(correlation_id=request_id):
            try:
                await self._answer(scope, receive, headers, exchange)
            finally:
                exchange.leave()
                exchange.log()

    async def _answer(
        self, scope: Scope, receive: Receive, headers: dict[bytes, bytes], exchange: "_Exchange"
    ) -> None:
        try:
            guarded = await self._guard(scope, receive, headers)
            await self._app(scope, guarded, exchange.send)
        except Problem as problem:
            await exchange.tell(problem)
        except BodyRefused as refused:
            await exchange.tell(refused.problem)
        except asyncio.CancelledError:
            if not exchange.was_ended:
                raise
            await exchange.end()
        except Exception as error:
            get_logger(__name__).error("request_failed", exc_info=error)
            await exchange.tell(
                Problem(
                    500,
                    "internal_error",
                    "Something went wrong on our side.",
                    way_on="Try again; if it stays, give support the request id.",
                )
            )

    async def _guard(self, scope: Scope, receive: Receive, headers: dict[bytes, bytes]) -> Receive:
        takes_uploads = scope["path"] in UPLOAD_PATHS
        limit = UPLOAD_LIMIT if takes_uploads else BODY_LIMIT
        _refuse_nul(scope)
        check_length(headers, limit)
        body = GuardedBody(receive, limit=limit, silence_seconds=self._silence_seconds)
        # Without a key the answer is 401, whatever the body is.
        if is_json(headers) and not takes_uploads and b"authorization" in headers:
            await body.check_json()
        return body.receive


class _Exchange:
    """The answer to one request as it is sent."""

    def __init__(self, scope: Scope, send: Send, request_id: str, streams: OpenStreams) -> None:
        self._scope = scope
        self._send = send
        self._request_id = request_id
        self._streams = streams
        self._began = time.monotonic()
        self._status = 0
        # Answers may be sent from tasks of their own: this one holds the whole.
        self._task = asyncio.current_task()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            given = [pair for pair in message.get("headers", []) if pair not in _REPLACED_HEADERS]
            present = {name.lower(): value for name, value in given}
            message["headers"] = [
                *given,
                *((name, value) for name, value in _SAFE_HEADERS if name not in present),
                (b"x-request-id", self._request_id.encode()),
            ]
            is_stream = present.get(b"content-type", b"").startswith(EVENT_STREAM)
            if is_stream and self._task is not None:
                self._streams.enter(self._task)
        await self._send(message)

    async def end(self) -> None:
        """Say that the answer is complete."""
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    @property
    def was_ended(self) -> bool:
        return self._task is not None and self._streams.has_ended(self._task)

    def leave(self) -> None:
        if self._task is not None:
            self._streams.leave(self._task)

    async def tell(self, problem: Problem) -> None:
        """A problem, unless the answer has begun; then only the connection's end can tell."""
        if self._status:
            return
        response = answer_problem(problem, self._request_id)
        await response(self._scope, _nothing, self.send)

    def log(self) -> None:
        route = self._scope.get("route")
        principal = self._scope["state"].get("principal")
        get_logger("access").info(
            "request",
            method=self._scope["method"],
            route=getattr(route, "path", None),
            status=self._status,
            key_id=getattr(principal, "key_id", None),
            milliseconds=round((time.monotonic() - self._began) * 1000, 1),
        )


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def _request_id(headers: dict[bytes, bytes]) -> str:
    given = headers.get(b"x-request-id", b"").decode("latin-1")
    return given if _REQUEST_ID.match(given) else str(uuid7())


def _refuse_nul(scope: Scope) -> None:
    query: bytes = scope.get("query_string", b"")
    if "\0" in scope["path"] or b"\0" in query or b"%00" in query:
        raise Problem(400, "nul_character", "A path or query must not contain a NUL character.")


def answer_problem(problem: Problem, request_id: str) -> Response:
    """RFC 9457, with `code`, `way_on` and `errors` beside its own members."""
    body: dict[str, Any] = {
        "type": f"urn:ledgerport:problem:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "request_id": request_id,
        **problem.extra,
    }
    if problem.way_on:
        body["way_on"] = problem.way_on
    if problem.errors:
        body["errors"] = [
            {"location": item.location, "code": item.code, "sentence": item.sentence}
            for item in problem.errors
        ]
    content = orjson.dumps(body, default=str)
    return Response(content, problem.status, headers=problem.headers, media_type=PROBLEM_TYPE)


async def _on_problem(request: Request, problem: Problem) -> Response:
    return answer_problem(problem, request.state.request_id)


async def _on_invalid(request: Request, error: RequestValidationError) -> Response:
    """What is wrong and where, without repeating the value: it may be personal."""
    items = [
        ProblemItem(
            location=".".join(str(part) for part in item["loc"])[:300],
            code=str(item["type"]),
            sentence=str(item["msg"]),
        )
        for item in error.errors()[:100]
    ]
    malformed = any(item.code == "json_invalid" for item in items)
    problem = Problem(
        400 if malformed else 422,
        "malformed_json" if malformed else "invalid_request",
        "The body is not valid JSON." if malformed else "The request does not fit its description.",
        errors=items,
    )
    return answer_problem(problem, request.state.request_id)


async def _on_http(request: Request, error: HTTPException) -> Response:
    if isinstance(error, BodyRefused):
        return answer_problem(error.problem, request.state.request_id)
    phrase = HTTPStatus(error.status_code).phrase
    problem = Problem(
        error.status_code,
        phrase.lower().replace(" ", "_"),
        str(error.detail or phrase),
        headers=dict(error.headers or {}),
    )
    return answer_problem(problem, request.state.request_id)


async def _on_unusable_value(request: Request, error: Exception) -> Response:
    get_logger(__name__).warning("value_refused_by_database", exc_info=error)
    problem = Problem(422, "unusable_value", "A value can be neither stored nor compared.")
    return answer_problem(problem, request.state.request_id)


async def _on_away(request: Request, error: Exception) -> Response:
    if isinstance(error, ValueError):
        # asyncpg's own refusal of an argument is an InterfaceError too.
        return await _on_unusable_value(request, error)
    get_logger(__name__).warning("backend_away", exc_info=error)
    problem = Problem(
        503,
        "unavailable",
        "A part of the system does not answer at the moment.",
        way_on="Try again in a moment.",
        headers={"Retry-After": "2"},
    )
    return answer_problem(problem, request.state.request_id)
