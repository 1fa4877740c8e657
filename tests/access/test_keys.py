"""API keys over HTTP, on a real database: made, used, listed, revoked, and never given away."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import httpx
import pytest

from services.access import handlers
from services.access.endpoints import build_router
from services.access.handlers import KeyVerifier, issue_key
from services.chassis.database import open_pool
from services.chassis.migrations import migrate
from services.chassis.web import create_app

MIGRATIONS = Path(handlers.__file__).parent / "migrations"


class Access:
    """The routes of access behind a client, with an administrator's token."""

    def __init__(self, client: httpx.AsyncClient, token: str, pool: asyncpg.Pool) -> None:
        self.client = client
        self.token = token
        self.pool = pool

    async def call(
        self, method: str, path: str, *, token: str | None = None, **more: object
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return await self.client.request(method, path, headers=headers, **more)  # pyright: ignore[reportArgumentType]

    async def make(self, *scopes: str, **more: object) -> httpx.Response:
        body = {"name": "ci", "actor": "robot", "scopes": list(scopes), **more}
        return await self.call("POST", "/v1/keys", json=body)


@pytest.fixture
async def access(database: str) -> AsyncIterator[Access]:
    async with AsyncExitStack() as resources:
        connection = await asyncpg.connect(database)
        await connection.execute("create schema access")
        await connection.close()
        await migrate(database, schema="access", folders=[MIGRATIONS])
        pool = await open_pool(database, application_name="test", search_path="access")
        resources.push_async_callback(pool.close)
        _, token = await issue_key(
            pool, name="root", actor="admin", scopes=["*"], created_by="test"
        )
        app = create_app(title="test", version="1", lifespan=None)
        app.state.verifier = KeyVerifier(pool)
        app.include_router(build_router(pool))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://test")
        await resources.enter_async_context(client)
        yield Access(client, token, pool)


async def test_a_key_is_shown_once_and_kept_only_as_a_digest(access: Access) -> None:
    made = (await access.make("imports:read")).json()
    listed = (await access.call("GET", "/v1/keys")).json()["data"]
    assert made["key"].startswith(f"lp_{made['id']}_")
    assert {key["id"] for key in listed} >= {made["id"]}
    assert all("key" not in key for key in listed)
    stored = await access.pool.fetchval("select string_agg(k::text, '') from api_keys k")
    assert made["key"].split("_", 2)[2] not in stored


async def test_a_key_can_do_what_its_scopes_say_and_no_more(access: Access) -> None:
    token = (await access.make("imports:read")).json()["key"]
    answer = await access.call("GET", "/v1/keys", token=token)
    assert answer.status_code == 403
    assert answer.json()["scope"] == "keys:manage"


@pytest.mark.parametrize("token", ["", "lp_abc", "lp_abcdefgh_wrong", "Ω", "x" * 5000])
async def test_an_unknown_token_is_refused(access: Access, token: str) -> None:
    answer = await access.client.get(
        "/v1/keys", headers={b"Authorization": b"Bearer " + token.encode()}
    )
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_revoked_key_ends_and_revoking_again_changes_nothing(access: Access) -> None:
    made = (await access.make("keys:manage")).json()
    for _ in range(2):
        assert (await access.call("DELETE", f"/v1/keys/{made['id']}")).status_code == 204
    assert (await access.call("GET", "/v1/keys", token=made["key"])).status_code == 401


async def test_a_revoked_key_ends_when_what_was_remembered_of_it_has_run_out(
    access: Access,
) -> None:
    moment = 1000.0
    verifier = KeyVerifier(access.pool, read_clock=lambda: moment)
    made = (await access.make("imports:read")).json()
    assert await verifier.verify(made["key"])
    await access.call("DELETE", f"/v1/keys/{made['id']}")
    assert await verifier.verify(made["key"]), "remembered, for at most ten seconds"
    moment += 10.0
    assert await verifier.verify(made["key"]) is None


async def test_a_key_ends_when_it_expires(access: Access) -> None:
    made = (await access.make("imports:read", expires_at="2999-01-01T00:00:00Z")).json()
    assert made["expires_at"] == "2999-01-01T00:00:00Z"
    await access.pool.execute("update api_keys set expires_at = now() where id = $1", made["id"])
    assert await KeyVerifier(access.pool).verify(made["key"]) is None


async def test_the_right_id_with_another_secret_is_no_key(access: Access) -> None:
    first, second = [(await access.make("imports:read")).json() for _ in range(2)]
    mixed = f"lp_{first['id']}_{second['key'].split('_', 2)[2]}"
    assert await KeyVerifier(access.pool).verify(mixed) is None


async def test_a_key_is_found_where_its_location_says(access: Access) -> None:
    made = await access.make("imports:read")
    shown = await access.call("GET", made.headers["location"])
    assert shown.status_code == 200
    assert shown.json() == {name: value for name, value in made.json().items() if name != "key"}


async def test_a_list_is_paged_newest_first(access: Access) -> None:
    made = [(await access.make("imports:read")).json()["id"] for _ in range(5)]
    seen: list[str] = []
    more, after = True, ""
    while more:
        answer = (await access.call("GET", f"/v1/keys?limit=2{after}")).json()
        seen += [key["id"] for key in answer["data"]]
        more, after = answer["has_more"], f"&starting_after={seen[-1]}"
    assert seen[:5] == made[::-1]
    assert len(seen) == len(set(seen)) == 6
    for bad in ("limit=0", "limit=101", "limit=x", "limit=-1", "starting_after='"):
        assert (await access.call("GET", f"/v1/keys?{bad}")).status_code == 422


async def test_nobody_grants_what_they_do_not_have(access: Access) -> None:
    token = (await access.make("keys:manage")).json()["key"]
    body = {"name": "x", "actor": "y", "scopes": ["imports:write"]}
    answer = await access.call("POST", "/v1/keys", token=token, json=body)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "actor": "y", "scopes": ["nothing"]},
        {"name": "x", "actor": "y", "scopes": []},
        {"name": "", "actor": "y", "scopes": ["*"]},
        {"name": "x", "actor": "y", "scopes": ["*"], "role": "admin"},
        {"name": "x", "actor": "y", "scopes": ["*"], "expires_at": "2001-01-01T00:00:00Z"},
        {"name": "x\x00", "actor": "y", "scopes": ["*"]},
        [],
        None,
    ],
)
async def test_a_bad_request_is_told_what_is_wrong(access: Access, body: object) -> None:
    answer = await access.call("POST", "/v1/keys", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"].startswith("body")


async def test_malformed_json_is_a_clear_400(access: Access) -> None:
    answer = await access.call("POST", "/v1/keys", content=b'{"name": NaN')
    assert answer.status_code in (400, 422)
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["cache-control"] == "no-store"


async def test_what_is_not_there_is_a_problem_too(access: Access) -> None:
    for method, path, status in (
        ("GET", "/v1/nothing", 404),
        ("PUT", "/v1/keys", 405),
        ("DELETE", "/v1/keys/zzz", 404),
    ):
        answer = await access.call(method, path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
