"""How a request is refused: where it is wrong, and why. What status that is, the endpoints say."""

from collections.abc import Sequence
from typing import Any, NamedTuple


class ConfigProblem(NamedTuple):
    """`location` names the place in the request, as in `config.mapping.Balance`."""

    location: str
    code: str
    sentence: str


class ConfigRefused(Exception):
    """The request names things that do not exist, or that do not go together."""

    def __init__(self, problems: Sequence[ConfigProblem]) -> None:
        super().__init__([problem.code for problem in problems])
        self.problems = tuple(problems)


class ImportMissing(Exception):
    """There is no import of that id."""


class RowMissing(Exception):
    """The import has no rows of these numbers."""

    def __init__(self, rows: Sequence[int]) -> None:
        super().__init__(list(rows))
        self.rows = tuple(rows)


class StepRefused(Exception):
    """The import's state does not allow what was asked."""

    def __init__(self, code: str, sentence: str, way_on: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.way_on = way_on
        self.facts = facts


def refuse_if_any(problems: Sequence[ConfigProblem]) -> None:
    if problems:
        raise ConfigRefused(problems)
