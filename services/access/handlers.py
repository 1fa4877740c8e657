"""Keys are made, listed, revoked and verified."""

import time
from collections.abc import Callable
from datetime import datetime

import asyncpg

from services.access import repository
from services.access.domain import (
    KeyRecord,
    check_scopes,
    hash_secret,
    judge,
    make_key,
    split_token,
)
from services.chassis.clock import utc_now
from services.chassis.identity import Principal

CACHE_SECONDS = 10.0
CACHE_SIZE = 1_000


async def issue_key(
    pool: asyncpg.Pool,
    *,
    name: str,
    actor: str,
    scopes: list[str],
    created_by: str,
    expires_at: datetime | None = None,
) -> tuple[KeyRecord, str]:
    """The key and its token, which cannot be seen again; raises UnknownScopeError."""
    key = make_key()
    record = await repository.add_key(
        pool,
        key,
        name=name,
        actor=actor,
        scopes=check_scopes(scopes),
        created_by=created_by,
        expires_at=expires_at,
    )
    return record, key.token


class KeyVerifier:
    """Verifies tokens; remembers an answer for a few seconds, so that a revoked key ends soon.

    It remembers digests: whoever reads this process' memory later finds no token here.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        *,
        cache_seconds: float = CACHE_SECONDS,
        read_clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._cache_seconds = cache_seconds
        self._read_clock = read_clock
        self._known: dict[bytes, tuple[float, Principal | None]] = {}

    async def verify(self, token: str) -> Principal | None:
        parts = split_token(token)
        if parts is None:
            return None
        digest = hash_secret(token)
        found = self._known.get(digest)
        if found is not None and found[0] > self._read_clock():
            return found[1]
        principal = await self._look_up(*parts)
        if len(self._known) >= CACHE_SIZE:
            self._known.clear()
        self._known[digest] = (self._read_clock() + self._cache_seconds, principal)
        return principal

    async def _look_up(self, key_id: str, secret: str) -> Principal | None:
        principal = judge(await repository.find_key(self._pool, key_id), secret, utc_now())
        if principal is not None:
            await repository.note_use(self._pool, key_id)
        return principal
