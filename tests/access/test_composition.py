"""The composed API as a process of its own: every route is guarded, and it starts and ends well."""

import asyncio
import os
import re
import sys
import time

import httpx
import pytest

from services.chassis.identity import SCOPES
from tests.access.keyed import bring_up_with_a_key
from tests.stack import Stack

PATIENCE_SECONDS = 60.0
OPEN_PATHS = {"/healthz", "/readyz"}
# Tells nothing that the source does not tell.
DOCUMENTS = {"/v1/openapi.json"}


@pytest.fixture(scope="module")
def api(held_stack: Stack) -> str:
    bring_up_with_a_key(held_stack)
    return held_stack.url


@pytest.fixture(scope="module")
def document(api: str) -> dict[str, dict[str, object]]:
    return httpx.get(f"{api}/v1/openapi.json", trust_env=False).json()


def test_every_route_refuses_a_caller_without_a_key(
    api: str, document: dict[str, dict[str, dict[str, object]]]
) -> None:
    routes = [
        (method.upper(), re.sub(r"\{\w+\}", "018f0000-0000-7000-8000-000000000001", path))
        for path, operations in document["paths"].items()
        for method in operations
    ]
    assert len(routes) > 20
    routes += [("GET", "/metrics"), ("GET", "/v1/asyncapi.json")]
    with httpx.Client(base_url=api, trust_env=False) as client:
        for method, path in routes:
            for headers in ({}, {"Authorization": "Bearer lp_00000000_" + "A" * 43}):
                answer = client.request(method, path, headers=headers)
                assert answer.status_code == 401, (method, path, answer.text)
                assert answer.headers["www-authenticate"].startswith("Bearer")
                assert answer.headers["content-type"] == "application/problem+json"


def test_a_key_without_scopes_for_it_is_refused_everywhere(
    api: str, held_stack: Stack, document: dict[str, dict[str, dict[str, object]]]
) -> None:
    with httpx.Client(base_url=api, trust_env=False) as client:
        body = {"name": "nothing", "actor": "nobody", "scopes": ["metrics:read"]}
        made = client.post("/v1/keys", json=body, headers=bearer(held_stack.api_key))
        client.headers.update(bearer(made.json()["key"]))
        assert client.get("/metrics").status_code == 200
        for path, operations in document["paths"].items():
            for method in operations:
                known = re.sub(r"\{\w+\}", "018f0000-0000-7000-8000-000000000001", path)
                answer = client.request(method, known, json={} if method != "get" else None)
                assert answer.status_code == 403, (method, path, answer.text)
                assert answer.json()["scope"] in SCOPES


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_probes_answer_without_a_key(api: str) -> None:
    for path in sorted(OPEN_PATHS | DOCUMENTS):
        assert httpx.get(f"{api}{path}", trust_env=False).status_code == 200


def test_the_document_says_which_version_and_key_it_takes(
    document: dict[str, dict[str, object]],
) -> None:
    assert str(document["openapi"]).startswith("3.1")
    assert document["components"]["securitySchemes"]


async def run(module: str, *arguments: str, variables: dict[str, str]) -> tuple[int, bytes, bytes]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        env={**os.environ, **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out, errors


async def test_a_first_key_is_printed_alone_and_works(api: str, held_stack: Stack) -> None:
    variables = {"LEDGERPORT_ACCESS_POSTGRES_DSN": held_stack.wiring.service_dsn("access")}
    named = ("issue-key", "--name", "ci", "--actor", "robot", "--scopes", "keys:manage")
    code, out, errors = await run("services.access", *named, variables=variables)
    assert (code, errors) == (0, b"")
    assert re.fullmatch(rb"lp_[a-z0-9]{8}_[\w-]{43}\n", out)
    async with httpx.AsyncClient(base_url=api, trust_env=False) as client:
        answer = await client.get("/v1/keys", headers=bearer(out.decode().strip()))
    assert answer.status_code == 200


async def test_migrating_again_changes_nothing(api: str, held_stack: Stack) -> None:
    variables = {"LEDGERPORT_ACCESS_POSTGRES_DSN": held_stack.wiring.service_dsn("access")}
    assert await run("services.access", "migrate", variables=variables) == (0, b"", b"")


def test_it_is_ready_while_its_databases_answer(api: str, held_stack: Stack) -> None:
    services = ("access", "ingest", "ledger", "exporter")

    def read_checks() -> dict[str, bool]:
        return httpx.get(f"{api}/readyz", trust_env=False, timeout=10).json()["checks"]

    def wait_until_databases_are(answering: bool) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while {read_checks()[f"{service}-database"] for service in services} != {answering}:
            assert time.monotonic() < deadline, read_checks()
            time.sleep(0.1)

    wait_until_databases_are(True)
    held_stack.hold("postgres")
    try:
        held_stack.kill("postgres")
        wait_until_databases_are(False)
        assert httpx.get(f"{api}/readyz", trust_env=False, timeout=10).status_code == 503
        assert httpx.get(f"{api}/healthz", trust_env=False).status_code == 200
    finally:
        held_stack.release("postgres")
    held_stack.wait_ready("postgres", starts=held_stack.starts["postgres"])
    wait_until_databases_are(True)
