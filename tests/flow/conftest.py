"""Fixtures over the whole line."""

import uuid

import pytest

from tests.flow.caller import Caller
from tests.stack import Stack


@pytest.fixture
def caller(stack: Stack) -> Caller:
    """A caller with every scope."""
    return Caller(stack.url, stack.api_key)


@pytest.fixture
def mark() -> str:
    """What a test's own numbers and names begin with, as the stack is shared."""
    return f"T{uuid.uuid4().hex[:10]}"
