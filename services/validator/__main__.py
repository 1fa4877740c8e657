"""`python -m services.validator worker`, and `migrate`, which finds nothing to do."""

import sys

from services.chassis.process import run_worker
from services.validator.app import build_worker
from services.validator.settings import ValidatorSettings

USAGE = "usage: python -m services.validator worker|migrate"


def main(arguments: list[str]) -> int:
    if arguments == ["worker"]:
        settings = ValidatorSettings()  # pyright: ignore[reportCallIssue]
        return run_worker(build_worker, settings, "validator")
    if arguments == ["migrate"]:
        print("The validator keeps nothing: there is nothing to migrate.")
        return 0
    print(USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
