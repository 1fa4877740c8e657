"""What an API key is: how it is made, read and judged."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

from services.chassis.identity import ALL_SCOPES, SCOPES, Principal

PREFIX = "lp"
_ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_ID_LENGTH = 8
_SECRET_BYTES = 32
_SECRET_LENGTH = 43


class UnknownScopeError(Exception):
    """A scope that does not exist; `scopes` are those that do."""

    def __init__(self, unknown: Iterable[str]) -> None:
        self.unknown = sorted(unknown)
        self.scopes = SCOPES
        super().__init__(f"unknown scopes: {', '.join(self.unknown)}")


@dataclass(frozen=True, slots=True)
class NewKey:
    """`token` is shown once: `lp_<id>_<256 random bits>`."""

    id: str
    token: str
    secret_sha256: bytes


@dataclass(frozen=True, slots=True)
class KeyRecord:
    id: str
    secret_sha256: bytes
    name: str
    actor: str
    scopes: tuple[str, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None


def make_key() -> NewKey:
    key_id = "".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_LENGTH))
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    return NewKey(key_id, f"{PREFIX}_{key_id}_{secret}", hash_secret(secret))


def hash_secret(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def split_token(token: str) -> tuple[str, str] | None:
    """Id and secret of a token; None for what cannot be one."""
    prefix, _, rest = token.partition("_")
    key_id, _, secret = rest.partition("_")
    lengths = (len(key_id), len(secret))
    if prefix != PREFIX or lengths != (_ID_LENGTH, _SECRET_LENGTH) or not token.isascii():
        return None
    return key_id, secret


def judge(key: KeyRecord | None, secret: str, now: datetime) -> Principal | None:
    """The caller, if the key is known, right, not expired and not revoked."""
    if key is None or not compare_digest(key.secret_sha256, hash_secret(secret)):
        return None
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        return None
    return Principal(key.id, key.actor, frozenset(key.scopes))


def check_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """Known scopes in a fixed order; raises UnknownScopeError."""
    asked = set(scopes)
    unknown = asked - {*SCOPES, ALL_SCOPES}
    if unknown:
        raise UnknownScopeError(unknown)
    return tuple(sorted(asked))


def missing_scopes(principal: Principal, scopes: Iterable[str]) -> list[str]:
    """Scopes that the caller would give away without having them."""
    return sorted(scope for scope in scopes if not principal.may(scope))
