"""The API of the private stack with its first key, whichever test asks first."""

from tests.stack import Stack


def bring_up_with_a_key(stack: Stack) -> None:
    # The step that issues the first key is part of the topology only until there is one.
    first = () if stack.wiring.secrets.api_key else ("issue-key",)
    stack.bring_up(*first, "api")
