"""The end of a process that cannot go on: said in one line, then left to its supervisor."""

import os
import sys
from typing import NoReturn

from services.chassis.logs import get_logger

EXIT_CODE = 70


def fail(reason: str) -> NoReturn:
    """End the process at once, without committing what is half done (EX_SOFTWARE of sysexits.h)."""
    get_logger(__name__).error("process_fails", reason=reason)
    sys.stdout.flush()
    os._exit(EXIT_CODE)
