"""The one way in which a whole file can be refused; a bad row is never this."""

from typing import Final


class FileProblem(Exception):
    """A file that cannot be read, or not further: what is wrong, and the way on."""

    def __init__(self, code: str, sentence: str, way_on: str) -> None:
        super().__init__(code, sentence, way_on)
        self.code: Final = code
        self.sentence: Final = sentence
        self.way_on: Final = way_on
