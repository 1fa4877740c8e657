"""A verifier for tests whose tokens say who calls and what they may do."""

from services.chassis.identity import Principal


class NamedKeys:
    """Tokens that say what they may do: `actor` alone may everything, `actor:a,b` only that."""

    async def verify(self, token: str) -> Principal | None:
        actor, _, scopes = token.partition("/")
        if actor == "nobody":
            return None
        return Principal(token, actor, frozenset(scopes.split(",") if scopes else ["*"]))
