"""Who calls, and what they may do: bearer tokens are verified, every route names its scope."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from services.chassis.problems import Problem

ALL_SCOPES = "*"
SCOPES = (
    "imports:read",
    "imports:write",
    "imports:override",
    "records:read",
    "exports:read",
    "exports:write",
    "feeds:read",
    "keys:manage",
    "metrics:read",
)
_BEARER = HTTPBearer(auto_error=False, description="An API key: `Authorization: Bearer lp_…`")


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified caller; `actor` is the name that actions are attributed to."""

    key_id: str
    actor: str
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        return scope in self.scopes or ALL_SCOPES in self.scopes


class Verifier(Protocol):
    async def verify(self, token: str) -> Principal | None:
        """The caller whose token this is; None when it is unknown, expired or revoked."""
        ...


async def identify(request: Request) -> Principal:
    """The caller; raises Problem 401. Needs `app.state.verifier`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    principal = None
    if scheme.lower() == "bearer" and token.strip():
        principal = await request.app.state.verifier.verify(token.strip())
    if principal is None:
        raise Problem(
            401,
            "not_authenticated",
            "The call needs a valid API key.",
            way_on="Send `Authorization: Bearer KEY`; `ledgerport keys create` makes one.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return principal


def demand(principal: Principal, scope: str) -> None:
    """Raises Problem 403 when the caller lacks the scope."""
    if not principal.may(scope):
        raise Problem(
            403,
            "not_authorized",
            f"The key lacks the scope {scope}.",
            way_on="Use a key with this scope.",
            scope=scope,
        )


def requires(scope: str) -> Any:
    """A dependency: the caller, verified to have `scope`."""

    async def check(request: Request, _token: Any = Depends(_BEARER)) -> Principal:  # noqa: B008
        principal = await identify(request)
        # Before the demand: the log of a refusal names the key too.
        request.state.principal = principal
        demand(principal, scope)
        return principal

    check_named: Callable[..., Awaitable[Principal]] = check
    return Depends(check_named)
