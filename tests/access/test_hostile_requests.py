"""Hostile requests to the composed API: refused in 4xx, never 5xx, and memory stays flat."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.access.keyed import bring_up_with_a_key
from tests.stack import Stack

BOUNDARY = {"Content-Type": "multipart/form-data; boundary=b"}
CONFIG = (
    b'--b\r\nContent-Disposition: form-data; name="config"\r\n\r\n{"record_type":"accounts"}\r\n'
)
FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'


@pytest.fixture(scope="module")
def client(held_stack: Stack) -> Iterator[httpx.Client]:
    bring_up_with_a_key(held_stack)
    key = {"Authorization": f"Bearer {held_stack.api_key}"}
    with httpx.Client(base_url=held_stack.url, trust_env=False, headers=key, timeout=60) as client:
        yield client


def parts(count: int) -> Iterator[bytes]:
    for number in range(count):
        yield b'--b\r\nContent-Disposition: form-data; name="p%d"\r\n\r\nx\r\n' % number
    yield b"--b--\r\n"


def one_part(head: bytes, megabytes: int) -> Iterator[bytes]:
    yield head
    for _ in range(megabytes):
        yield b"x" * 1_000_000
    yield b"\r\n--b--\r\n"


MULTIPART: dict[str, tuple[dict[str, str], Any]] = {
    "ten thousand parts": (BOUNDARY, lambda: parts(10_000)),
    "a huge text field": (
        BOUNDARY,
        lambda: one_part(b'--b\r\nContent-Disposition: form-data; name="config"\r\n\r\n', 60),
    ),
    "a huge part header": (BOUNDARY, lambda: one_part(b"--b\r\nContent-Disposition: form", 60)),
    "a part without a name": (BOUNDARY, lambda: iter([b"--b\r\nX: y\r\n\r\nx\r\n--b--\r\n"])),
    "no file": (BOUNDARY, lambda: iter([CONFIG, b"--b--\r\n"])),
    "no boundary named": ({"Content-Type": "multipart/form-data"}, lambda: parts(1)),
    "a long boundary": (
        {"Content-Type": f"multipart/form-data; boundary={'b' * 5000}"},
        lambda: parts(1),
    ),
    "another boundary in the body": (
        {"Content-Type": "multipart/form-data; boundary=c"},
        lambda: parts(3),
    ),
    "no last boundary": (BOUNDARY, lambda: iter([CONFIG, FILE, b"AccountName,Balance\n"])),
    "nothing": (BOUNDARY, lambda: iter([b""])),
    "the file twice": (
        BOUNDARY,
        lambda: iter([CONFIG, FILE, b"a\r\n", FILE, b"b\r\n--b--\r\n"]),
    ),
    "a configuration that is not JSON": (
        BOUNDARY,
        lambda: iter([CONFIG.replace(b"{", b"{NaN"), FILE, b"a\r\n--b--\r\n"]),
    ),
    "another kind of body": ({"Content-Type": "text/plain"}, lambda: iter([b"x"])),
}


def peak_kilobytes(pid: int | None) -> int:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0])


@pytest.mark.parametrize("name", MULTIPART)
def test_a_multipart_body_that_is_abused_is_refused(
    client: httpx.Client, held_stack: Stack, name: str
) -> None:
    headers, body = MULTIPART[name]
    before = peak_kilobytes(held_stack.pid("api"))
    try:
        answer = client.post("/v1/imports", content=body(), headers=headers)
    except httpx.WriteError:
        # The answer has been given and the connection closed before all was sent.
        pass
    else:
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    assert peak_kilobytes(held_stack.pid("api")) - before < 40 * 1024
    assert client.get("/healthz").status_code == 200


BODIES = [
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"NaN",
    b'{"a": NaN}',
    b'{"config": {"record_type": "\\ud800"}, "records": [{}]}',
    b'{"config": {"record_type": "accounts"}, "records": [{"a": 1e999}]}',
    b'{"name": "a\\u0000", "actor": "b", "scopes": ["records:read"]}',
    b'{"dataset": "accounts", "filter": {"status": "\\u0000"}}',
    b'{"dataset": "accounts", "filter": {"id": 99999999999999999999999999}}',
    b'{"dataset": "accounts", "ids": ["99999999999999999999999"]}',
    b'{"dataset": "accounts\\"; drop table x; --"}',
    b'{"plan": "not-an-id"}',
    b"{" * 100_000,
    b"\xff\xfe",
]
IDS = [
    "018f0000-0000-7000-8000-000000000001",
    "' or 1=1",
    "-1",
    "9" * 30,
    "..%2f..",
    "%F0%9F%92%A9",
]
QUERIES = [
    "",
    "?limit=-1",
    "?limit=1000000000",
    "?starting_after='%20or%201=1",
    "?starting_after=" + "9" * 30,
    "?balance[gte]=" + "9" * 30,
    "?sort=" + "a," * 500,
    "?status=%00",
    "?status=%ED%A0%80",
    "?" + "status[in]=" + "a," * 3000,
]


def test_no_route_answers_hostile_values_with_a_failure_of_its_own(client: httpx.Client) -> None:
    failures: list[str] = []
    for path, operations in client.get("/v1/openapi.json").json()["paths"].items():
        for method in operations:
            for answer in attack(client, method, path):
                if answer.status_code >= 500:
                    failures.append(f"{method} {answer.request.url}: {answer.text[:200]}")
    assert not failures, "\n".join(failures)


def attack(client: httpx.Client, method: str, path: str) -> Iterator[httpx.Response]:
    targets = {re.sub(r"\{\w+\}", hostile, path) for hostile in IDS}
    for target in sorted(targets):
        if method in ("get", "delete"):
            for query in QUERIES:
                yield client.request(method, target + query)
        else:
            for body in BODIES:
                headers = {"Content-Type": "application/json"}
                yield client.request(method, target, content=body, headers=headers)
