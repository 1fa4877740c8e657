"""What every endpoint is given: problems for every error, limits, safe headers, an orderly end."""

import asyncio
import contextlib
import json
import resource
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from services.chassis.bodies import parse_json
from services.chassis.problems import Problem
from services.chassis.web import BODY_LIMIT, UPLOAD_PATHS
from tests.chassis.probe_app import CANARY, KEY, build_app
from tests.chassis.server import Served, serve


@pytest.fixture(autouse=True)
def log() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serve(build_app()) as served:
        yield served


def problem_of(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["request_id"] == answer.headers["x-request-id"]
    assert told["type"] == f"urn:ledgerport:problem:{told['code']}"
    assert CANARY not in answer.text
    return told


MALFORMED = [
    b'{"minor": NaN}',
    b'{"minor": Infinity}',
    b'{"minor": -Infinity}',
    b'{"minor": 1e999}',
    b'{"minor": 1, "minor": 2}',
    b'{"minor": 1, "note": "\\ud800"}',
    b'{"minor": 1, "note": "\xff"}',
    b'{"minor": 1} {}',
    b"{'minor': 1}",
    b'{"minor": 1,}',
    b'{"minor": 1',
    b'{"minor": 01}',
    b'\xef\xbb\xbf{"minor": 1}',
    '{"minor": 1}'.encode("utf-16"),
    b"[" * 100_000,
    b'{"minor": ' + b"9" * 5000 + b"}",
]


@pytest.mark.parametrize("body", MALFORMED, ids=range(len(MALFORMED)))
async def test_malformed_json_is_refused_whichever_way_it_is_malformed(
    served: Served, body: bytes
) -> None:
    headers = {**KEY, "Content-Type": "application/json"}
    answer = await served.client.post("/v1/debts", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert problem_of(answer)["code"] in ("malformed_json", "invalid_request")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"minor": 1, "role": "admin"}, "body.role"),
        ({"minor": "x"}, "body.minor"),
        ({"minor": 1.5}, "body.minor"),
        ({"minor": int("9" * 30)}, "body.minor"),
        ({"minor": CANARY}, "body.minor"),
        ({}, "body.minor"),
        ([], "body"),
        ("text", "body"),
    ],
)
async def test_a_body_that_does_not_fit_says_where(
    served: Served, body: object, place: str
) -> None:
    answer = await served.client.post("/v1/debts", json=body, headers=KEY)
    assert answer.status_code == 422
    assert [item["location"] for item in problem_of(answer)["errors"]] == [place]


async def test_a_good_body_passes_the_checks_unchanged(served: Served) -> None:
    answer = await served.client.post("/v1/debts", json={"minor": -0}, headers=KEY)
    assert (answer.status_code, answer.json()) == (200, {"minor": 0})


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(JSON_VALUES)
@settings(deadline=None)
def test_json_that_is_json_is_read_as_the_standard_library_reads_it(value: Any) -> None:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:  # an infinity, or a lone surrogate
        return
    assert parse_json(text) == json.loads(text)


@given(st.binary(max_size=60))
@settings(deadline=None)
def test_bytes_are_json_or_a_problem_and_never_an_accident(text: bytes) -> None:
    with contextlib.suppress(Problem):
        parse_json(text)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/debts/' or 1=1", 404),
        ("DELETE", "/v1/debts", 405),
        ("GET", "/v1/%00", 400),
        ("GET", "/v1/nothing?name=%00", 400),
    ],
)
async def test_every_refusal_is_a_problem(
    served: Served, method: str, path: str, status: int
) -> None:
    answer = await served.client.request(method, path, headers=KEY)
    assert answer.status_code == status
    problem_of(answer)


async def test_without_a_key_or_a_scope_the_challenge_says_what_is_needed(served: Served) -> None:
    answer = await served.client.post("/v1/debts", content=b"{", headers={})
    assert answer.status_code in (401, 422)
    answer = await served.client.get("/v1/secrets")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    answer = await served.client.get("/v1/secrets", headers=KEY)
    assert answer.status_code == 403
    assert problem_of(answer)["scope"] == "keys:manage"


@pytest.mark.parametrize(
    ("how", "status"),
    [("interface", 503), ("shutdown", 503), ("refused", 503), ("range", 422), ("bug", 500)],
)
async def test_a_failure_is_told_without_its_content(served: Served, how: str, status: int) -> None:
    answer = await served.client.get(f"/v1/fails/{how}")
    assert answer.status_code == status
    problem_of(answer)
    assert ("retry-after" in answer.headers) == (status == 503)


async def test_half_an_answer_ends_as_a_broken_connection(served: Served) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await served.client.get("/v1/half")


async def test_every_answer_is_kept_by_nobody_and_traceable(served: Served) -> None:
    answer = await served.client.get("/v1/nothing", headers={"X-Request-Id": "abc-12345"})
    assert answer.headers["x-request-id"] == "abc-12345"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    forged = await served.client.get("/v1/nothing", headers={"X-Request-Id": "a b\tc" * 50})
    assert forged.headers["x-request-id"] != "a b\tc" * 50


async def test_the_log_has_one_line_without_query_or_body(served: Served, log: list[Any]) -> None:
    await served.client.get(f"/v1/secrets?ssn={CANARY}", headers=KEY)
    async with asyncio.timeout(5):
        while not log:
            await asyncio.sleep(0.01)
    (line,) = log
    assert (line["method"], line["route"], line["status"]) == ("GET", "/v1/secrets", 403)
    assert line["key_id"] == "k1"
    assert CANARY not in str(log)


async def test_a_body_that_says_it_is_too_long_is_refused_unread(served: Served) -> None:
    head = b"POST /v1/debts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    answer = await served.say(head + b"Content-Length: %d\r\n\r\n" % (BODY_LIMIT + 1))
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"application/problem+json" in answer


@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
async def test_a_body_that_turns_out_too_long_is_refused_with_flat_memory(
    served: Served, kind: str
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 1_000_000

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = await served.client.post(
        "/v1/debts", content=endless(), headers={**KEY, "Content-Type": kind}
    )
    assert answer.status_code == 413
    problem_of(answer)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


async def test_uploads_have_a_limit_of_their_own(served: Served) -> None:
    assert "/v1/imports" in UPLOAD_PATHS
    answer = await served.client.post("/v1/imports", content=b"x" * (BODY_LIMIT + 1))
    assert answer.json() == {"bytes": BODY_LIMIT + 1}


@pytest.mark.parametrize("path", ["/v1/debts", "/v1/imports"])
async def test_a_body_that_stops_coming_is_given_up(path: str) -> None:
    async with serve(build_app(silence_seconds=0.2)) as served:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\n".encode()
        rest = b'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"minor"'
        answer = await served.say(head + rest)
        assert answer.startswith(b"HTTP/1.1 408")
        assert b'"code":"body_too_slow"' in answer


async def test_a_wrong_content_length_is_a_bad_request(served: Served) -> None:
    for length in (b"-1", b"1e3", b"9" * 40):
        head = b"POST /v1/debts HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "
        head += length
        answer = await served.say(head + b"\r\n\r\n{}")
        assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413"))


async def test_an_open_event_stream_does_not_hold_up_the_end() -> None:
    async with serve(build_app()) as served:
        ended = asyncio.Event()

        async def listen() -> list[str]:
            async with served.client.stream("GET", "/v1/moves") as answer:
                assert answer.headers["cache-control"] == "no-store"
                lines = []
                async for line in answer.aiter_lines():
                    lines.append(line)
                    ended.set()
                return lines

        listening = asyncio.create_task(listen())
        await ended.wait()
        served.stop()
        async with asyncio.timeout(3):
            await served.serving
            assert 'data: "begun"' in await listening
