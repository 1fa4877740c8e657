"""`/v1/exports` over HTTP: asked for once, listed, cancelled, downloaded, and refused."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from contracts.api.exports import ExportView
from services.chassis.identity import Principal
from services.chassis.web import create_app
from services.exporter.endpoints import build_router
from services.exporter.handlers.clearing import clear_files
from tests.exporter.conftest import Exporter, account

OPEN_LIMIT = 4


class TwoCallers:
    """Tokens that name their scopes: `write`, `read`, `nothing`."""

    async def verify(self, token: str) -> Principal | None:
        scopes = {"write": {"exports:write", "exports:read"}, "read": {"exports:read"}}
        return Principal("key", token, frozenset(scopes.get(token, set())))


class Web:
    """The routes behind a client."""

    def __init__(self, client: httpx.AsyncClient, exporter: Exporter) -> None:
        self._client = client
        self.exporter = exporter

    async def call(
        self, method: str, path: str, *, token: str = "write", **more: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        return await self._client.request(method, path, headers=headers, **more)

    async def ask(self, *, key: str | None = None, **query: Any) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        body = {"dataset": "accounts", **query}
        return await self.call("POST", "/v1/exports", json=body, headers=headers)


@pytest.fixture
async def web(exporter: Exporter) -> AsyncIterator[Web]:
    app = create_app(title="test", version="1", lifespan=None)
    app.state.verifier = TwoCallers()
    app.include_router(build_router(exporter.pool, exporter.store, open_limit=OPEN_LIMIT))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Web(client, exporter)


async def test_an_export_is_asked_for_rendered_and_downloaded(web: Web) -> None:
    await web.exporter.books.book("accounts", [account(1), account(2)])
    asked = await web.ask(compression="gzip", file_name="März {date}", columns=["AccountNumber"])
    assert asked.status_code == 202
    path = asked.headers["location"]
    assert asked.json()["state"] == "requested"
    early = await web.call("GET", f"{path}/file")
    assert (early.status_code, early.json()["code"]) == (409, "not_ready")
    assert await web.exporter.render_next()
    shown = ExportView.model_validate_json((await web.call("GET", path, token="read")).content)
    assert (shown.state, shown.rows, shown.actor) == ("ready", 2, "write")
    file = await web.call("GET", shown.links["file"], token="read")
    assert gzip.decompress(file.content) == b"AccountNumber\nA-1\nA-2\n"
    assert file.headers["content-length"] == str(len(file.content)) == str(shown.bytes)
    assert file.headers["etag"] == f'"{shown.sha256}"'
    assert file.headers["content-type"] == "application/gzip"
    disposition = file.headers["content-disposition"]
    assert 'filename="M_rz ' in disposition
    assert "filename*=UTF-8''M%C3%A4rz%20" in disposition
    known = await web.call("GET", f"{path}/file", headers={"If-None-Match": file.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    assert (await web.call("POST", f"{path}/cancel")).status_code == 409


async def test_a_file_that_is_over_is_gone_before_and_after_its_deletion(web: Web) -> None:
    export, _ = await web.exporter.render()
    path = f"/v1/exports/{export.id}"
    await web.exporter.pool.execute("update exports set expires_at = now() - interval '1 second'")
    assert (await web.call("GET", f"{path}/file")).status_code == 410
    await clear_files(web.exporter.pool, web.exporter.store)
    assert (await web.call("GET", f"{path}/file")).status_code == 410
    shown = (await web.call("GET", path)).json()
    assert (shown["state"], shown["links"]) == ("expired", {"self": path})


async def test_a_file_that_the_store_has_lost_is_said_to_be_missing(web: Web) -> None:
    export, _ = await web.exporter.render()
    for name in await web.exporter.list_objects():
        await web.exporter.store.delete(name)
    answer = await web.call("GET", f"/v1/exports/{export.id}/file")
    assert (answer.status_code, answer.json()["code"]) == (410, "file_missing")


async def test_the_same_key_asks_once_even_at_the_same_time(web: Web) -> None:
    answers = await asyncio.gather(*(web.ask(key="k") for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    places = {one.headers["location"] for one in answers if one.status_code == 202}
    replayed = await web.ask(key="k")
    assert replayed.headers["idempotency-replayed"] == "true"
    assert places == {replayed.headers["location"]}
    assert await web.exporter.pool.fetchval("select count(*) from exports") == 1
    assert (await web.ask(key="k", layout="import")).status_code == 422


async def test_nobody_has_more_exports_under_way_than_the_limit(web: Web) -> None:
    answers = await asyncio.gather(*(web.ask() for _ in range(OPEN_LIMIT + 3)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 3
    assert int(refused[0].headers["retry-after"]) > 0
    assert await web.exporter.render_next()
    assert (await web.ask()).status_code == 202


async def test_a_list_is_newest_first_in_pages_and_by_state(web: Web) -> None:
    made = [(await web.ask()).json()["id"] for _ in range(3)]
    await web.call("POST", f"/v1/exports/{made[0]}/cancel")
    first = (await web.call("GET", "/v1/exports?limit=2")).json()
    assert [one["id"] for one in first["data"]] == [made[2], made[1]]
    assert first["has_more"]
    rest = (await web.call("GET", f"/v1/exports?limit=2&starting_after={made[1]}")).json()
    assert [one["id"] for one in rest["data"]] == [made[0]]
    assert not rest["has_more"]
    cancelled = (await web.call("GET", "/v1/exports?state=cancelled&dataset=accounts")).json()
    assert [one["id"] for one in cancelled["data"]] == [made[0]]
    assert (await web.call("GET", "/v1/exports?dataset=other")).json()["data"] == []


async def test_cancelling_twice_is_answered_the_same(web: Web) -> None:
    path = (await web.ask()).headers["location"]
    answers = [await web.call("POST", f"{path}/cancel") for _ in range(2)]
    assert [(one.status_code, one.json()["state"]) for one in answers] == [(202, "cancelled")] * 2
    assert not await web.exporter.render_next()


@pytest.mark.parametrize(
    "body",
    [
        b'{"dataset": "accounts", "role": "admin"}',
        b'{"dataset": 1}',
        b'{"dataset": "acc\\u0000ounts"}',
        b'{"dataset": "accounts", "purpose": "\\ud800"}',
        b'{"dataset": "accounts", "filter": {"account_name": "\\ud800"}}',
        b'{"dataset": "accounts", "filter": {"account_name": "\\u0000"}}',
        b'{"dataset": "accounts", "filter": {"balance": NaN}}',
        b'{"dataset": "accounts", "filter": {"balance": 1e999}}',
        b'{"dataset": "accounts", "filter": {"balance": 12345678901234567890}}',
        b'{"dataset": "accounts", "filter": {"balance": true}}',
        b'{"dataset": "accounts", "ids": ["1; drop"]}',
        b'{"dataset": "accounts", "format": "exe"}',
        b'{"dataset": "accounts", "columns": []}',
        b'{"dataset": "accounts", "locale": {"delimiter": "\\n"}}',
        b"[]",
        b"null",
        b"{",
        b"",
    ],
)
async def test_a_bad_body_is_refused_with_reasons(web: Web, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await web.call("POST", "/v1/exports", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.content)["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/exports/nothing", 404),
        ("GET", "/v1/exports/00000000-0000-7000-8000-000000000000", 404),
        ("GET", "/v1/exports/' or 1=1/file", 404),
        ("POST", "/v1/exports/x/cancel", 404),
        ("GET", "/v1/exports?limit=-1", 422),
        ("GET", "/v1/exports?limit=1000000000", 422),
        ("GET", "/v1/exports?starting_after=x", 422),
        ("GET", "/v1/exports?state=x", 422),
        ("GET", "/v1/exports?dataset=A", 422),
    ],
)
async def test_a_bad_path_or_parameter_is_no_fault_of_ours(
    web: Web, method: str, path: str, status: int
) -> None:
    assert (await web.call(method, path)).status_code == status


async def test_every_route_asks_for_its_scope(web: Web) -> None:
    path = (await web.ask()).headers["location"]
    for method, url, token in (
        ("POST", "/v1/exports", "read"),
        ("POST", f"{path}/cancel", "read"),
        ("GET", "/v1/exports", "nothing"),
        ("GET", path, "nothing"),
        ("GET", f"{path}/file", "nothing"),
    ):
        body = {"dataset": "accounts"} if url == "/v1/exports" and method == "POST" else None
        answer = await web.call(method, url, token=token, json=body)
        assert answer.status_code == 403, url
