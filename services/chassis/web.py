"""The web of the house: problem answers, strict JSON, limits, request ids, safe headers."""

import re
import time
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.clock import uuid7
from services.chassis.logs import bind, get_logger
from services.chassis.problems import Problem, ProblemItem

PROBLEM_TYPE = "application/problem+json"
BODY_LIMIT = 8 * 1024 * 1024
UPLOAD_LIMIT = 1024 * 1024 * 1024 + 16 * 1024 * 1024
UPLOAD_PATHS = ("/v1/imports",)
_REQUEST_ID = re.compile(r"[\w.-]{1,100}\Z", re.ASCII)
_SAFE_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


def create_app(*, title: str, version: str, lifespan: Any) -> FastAPI:
    """An application whose every error is a problem and whose every answer has a request id."""
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
    app.add_middleware(Frame)
    return app


class Frame:
    """Around every request, without touching its stream: id, limits, headers, log, last resort."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        request_id = _request_id(headers)
        scope.setdefault("state", {})["request_id"] = request_id
        exchange = _Exchange(scope, send, request_id)
        with bind(correlation_id=request_id):
            await self._answer(scope, receive, headers, exchange)
            exchange.log()

    async def _answer(
        self, scope: Scope, receive: Receive, headers: dict[bytes, bytes], exchange: "_Exchange"
    ) -> None:
        limit = UPLOAD_LIMIT if scope["path"] in UPLOAD_PATHS else BODY_LIMIT
        try:
            _check_length(headers, limit)
            await self._app(scope, _limited(receive, limit), exchange.send)
        except Problem as problem:
            await exchange.tell(problem)
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


class _Exchange:
    """The answer to one request as it is sent."""

    def __init__(self, scope: Scope, send: Send, request_id: str) -> None:
        self._scope = scope
        self._send = send
        self._request_id = request_id
        self._began = time.monotonic()
        self._status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            present = {name.lower() for name, _ in message.get("headers", [])}
            message["headers"] = [
                *message.get("headers", []),
                *((name, value) for name, value in _SAFE_HEADERS if name not in present),
                (b"x-request-id", self._request_id.encode()),
            ]
        await self._send(message)

    async def tell(self, problem: Problem) -> None:
        """A problem, unless the answer has begun; then only the connection's end can tell."""
        if self._status:
            return
        response = answer_problem(problem, self._request_id)
        await response(self._scope, _nothing, self.send)

    def log(self) -> None:
        route = self._scope.get("route")
        get_logger("access").info(
            "request",
            method=self._scope["method"],
            route=getattr(route, "path", None),
            status=self._status,
            milliseconds=round((time.monotonic() - self._began) * 1000, 1),
        )


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def _request_id(headers: dict[bytes, bytes]) -> str:
    given = headers.get(b"x-request-id", b"").decode("latin-1")
    return given if _REQUEST_ID.match(given) else str(uuid7())


def _check_length(headers: dict[bytes, bytes], limit: int) -> None:
    length = headers.get(b"content-length")
    if length is None:
        return
    if not length.isdigit() or len(length) > 18:
        raise Problem(400, "bad_content_length", "The header Content-Length is not a number.")
    if int(length) > limit:
        raise _too_large(limit)


def _too_large(limit: int) -> Problem:
    return Problem(
        413,
        "too_large",
        f"The request is larger than {limit // (1024 * 1024)} MiB.",
        way_on="Compress the file, or split it.",
    )


def _limited(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def receive_within() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise _too_large(limit)
        return message

    return receive_within


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
    phrase = HTTPStatus(error.status_code).phrase
    problem = Problem(
        error.status_code,
        phrase.lower().replace(" ", "_"),
        str(error.detail or phrase),
        headers=dict(error.headers or {}),
    )
    return answer_problem(problem, request.state.request_id)


async def read_json(request: Request) -> Any:
    """The body as JSON; refuses NaN, Infinity and everything else that JSON does not have."""
    body = await request.body()
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Problem(400, "malformed_json", "The body is not valid JSON.") from None
