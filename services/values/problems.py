"""The one way in which a cell can be refused; its row and column are the caller's to add."""

from typing import Final


class ValueProblem(ValueError):
    """A text that cannot be read as a value.

    `code` is stable and in snake_case. `sentence` says what is wrong and the way on; it never
    repeats the value, which the caller shows beside it.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code, sentence)
        self.code: Final = code
        self.sentence: Final = sentence
