"""Fixtures over the whole line."""

import uuid
from collections.abc import Callable

import pytest

from tests.flow.caller import Caller
from tests.prove.line import Line
from tests.stack import Stack


@pytest.fixture(scope="session")
def line_of(stack: Stack) -> Callable[[], Line]:
    return lambda: Line(
        stack, Caller(stack.url, stack.api_key), f"V{uuid.uuid4().hex[:10].upper()}"
    )


@pytest.fixture
def line(line_of: Callable[[], Line]) -> Line:
    return line_of()
