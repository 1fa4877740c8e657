"""`/v1/keys`: API keys are made, listed and revoked."""

from datetime import datetime
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, Field, StringConstraints

from contracts.api.model import Body
from services.access import handlers, repository
from services.access.domain import KeyRecord, UnknownScopeError, missing_scopes
from services.chassis.clock import utc_now
from services.chassis.identity import Principal, requires
from services.chassis.problems import Problem, ProblemItem

Label = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True, pattern=r"^[^\x00]*$"),
]
Limit = Annotated[int, Query(ge=1, le=100)]


class KeyRequest(Body):
    """A new key; `actor` is who its calls are attributed to."""

    name: Label
    actor: Label
    scopes: list[Label] = Field(min_length=1, max_length=50)
    expires_at: AwareDatetime | None = None


def build_router(pool: asyncpg.Pool) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["keys"])

    @router.post("/keys", status_code=201)
    async def create_key(
        body: KeyRequest, response: Response, caller: Principal = requires("keys:manage")
    ) -> dict[str, Any]:
        _refuse_excess(caller, body)
        record, token = await _issue(pool, caller, body)
        response.headers["Location"] = f"/v1/keys/{record.id}"
        return {**_present(record), "key": token}

    @router.get("/keys", dependencies=[requires("keys:manage")])
    async def list_keys(
        limit: Limit = 20,
        starting_after: Annotated[str | None, Query(max_length=50, pattern=r"^[a-z0-9]+$")] = None,
    ) -> dict[str, Any]:
        keys = await repository.list_keys(pool, after=starting_after, limit=limit + 1)
        return {"data": [_present(key) for key in keys[:limit]], "has_more": len(keys) > limit}

    @router.get("/keys/{key_id}", dependencies=[requires("keys:manage")])
    async def show_key(key_id: str) -> dict[str, Any]:
        return _present(await _find(pool, key_id))

    @router.delete("/keys/{key_id}", status_code=204)
    async def revoke_key(key_id: str, caller: Principal = requires("keys:manage")) -> None:
        key = await _find(pool, key_id)
        await repository.revoke_key(pool, key.id, caller.actor)

    return router


async def _find(pool: asyncpg.Pool, key_id: str) -> KeyRecord:
    found = await repository.find_key(pool, key_id) if key_id.isalnum() else None
    if found is None:
        raise Problem(404, "not_found", "There is no such key.")
    return found


def _refuse_excess(caller: Principal, body: KeyRequest) -> None:
    missing = missing_scopes(caller, body.scopes)
    if missing:
        raise Problem(
            403,
            "not_authorized",
            f"You cannot grant what you do not have: {', '.join(missing)[:500]}.",
        )
    if body.expires_at is not None and body.expires_at <= utc_now():
        item = ProblemItem("body.expires_at", "in_the_past", "The key would never work.")
        raise Problem(422, "invalid_request", "The key expires in the past.", errors=[item])


async def _issue(pool: asyncpg.Pool, caller: Principal, body: KeyRequest) -> tuple[KeyRecord, str]:
    try:
        return await handlers.issue_key(
            pool,
            name=body.name,
            actor=body.actor,
            scopes=list(body.scopes),
            created_by=caller.actor,
            expires_at=body.expires_at,
        )
    except UnknownScopeError as error:
        sentence = f"Known scopes: {', '.join(error.scopes)}."
        item = ProblemItem("body.scopes", "unknown_scope", sentence)
        raise Problem(422, "invalid_request", "A scope is unknown.", errors=[item]) from None


def _present(key: KeyRecord) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "actor": key.actor,
        "scopes": list(key.scopes),
        "created_at": _time(key.created_at),
        "created_by": key.created_by,
        "expires_at": _time(key.expires_at),
        "revoked_at": _time(key.revoked_at),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
