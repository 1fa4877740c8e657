"""Exit codes, and the one exception that ends a command: what happened, and the way on."""

OK = 0
FAILURE = 1
USAGE = 2
NOT_FOUND = 3
NOT_ALLOWED = 4
CONFLICT = 5
COMPLETED_WITH_REJECTS = 6


class CommandFailure(Exception):
    """Ends the command with `exit_code`, and these words on stderr."""

    def __init__(self, sentence: str, way_on: str = "", *, exit_code: int = FAILURE) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.way_on = way_on
        self.exit_code = exit_code
