"""`Idempotency-Key`: a repeated request gets the first answer, and has no second effect.

Source: draft-ietf-httpapi-idempotency-key-header. Kept at least 24 hours.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from services.chassis.database import Connection
from services.chassis.problems import Problem

# Held until the transaction ends: it tells a request that is under way from one that has ended.
_HOLD = (
    "select pg_try_advisory_xact_lock("
    "hashtextextended(current_schema() || ':' || $1 || ':' || $2, 7002))"
)
_BEGIN = (
    "insert into idempotency_keys (actor, key, fingerprint) values ($1, $2, $3)"
    " on conflict do nothing returning true"
)
_FIND = (
    "select fingerprint, status, headers, body from idempotency_keys where actor = $1 and key = $2"
)
_FINISH = (
    "update idempotency_keys set status = $3, headers = $4, body = $5 where actor = $1 and key = $2"
)
_FORGET = "delete from idempotency_keys where created_at < now() - interval '48 hours'"
MAX_KEY_LENGTH = 255
REPLAYED = {"Idempotency-Replayed": "true"}


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    status: int
    headers: dict[str, str]
    body: bytes


def fingerprint(*parts: bytes) -> bytes:
    """A digest of what the request asks for, each part with its length."""
    digest = sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.digest()


def check_key(key: str | None) -> str | None:
    """A given key that can be used; raises Problem 400."""
    if key is not None and not (0 < len(key) <= MAX_KEY_LENGTH and key.isprintable()):
        raise Problem(400, "bad_idempotency_key", "Idempotency-Key must be 1 to 255 characters.")
    return key


async def begin(
    connection: Connection, actor: str, key: str, content: bytes
) -> StoredAnswer | None:
    """Take the key inside the transaction of its effect: None when it is new.

    Raises Problem 409 while the first request with this key is under way, 422 where the content
    is another.
    """
    if not await connection.fetchval(_HOLD, actor, key):
        raise _in_flight()
    if await connection.fetchval(_BEGIN, actor, key, content):
        return None
    found = await connection.fetchrow(_FIND, actor, key)
    if found is None or found["status"] is None:
        raise _in_flight()
    if found["fingerprint"] != content:
        raise Problem(
            422,
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request.",
            way_on="Use a new key for a new request.",
        )
    return StoredAnswer(found["status"], found["headers"] or {}, found["body"])


def _in_flight() -> Problem:
    return Problem(
        409,
        "request_in_flight",
        "The first request with this Idempotency-Key is under way.",
        way_on="Ask again in a moment: its answer will be given again.",
        headers={"Retry-After": "1"},
    )


async def finish(connection: Connection, actor: str, key: str, answer: StoredAnswer) -> None:
    """Keep the answer, in the same transaction."""
    arguments: tuple[Any, ...] = (actor, key, answer.status, answer.headers, answer.body)
    await connection.execute(_FINISH, *arguments)


async def forget_old(connection: Connection) -> None:
    await connection.execute(_FORGET)
