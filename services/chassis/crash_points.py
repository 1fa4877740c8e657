"""Named places at which a test lets the process die, as if the power had failed."""

import os
import signal


class _CrashPoint:
    """The one place that is switched on, and how many times it is passed before it bites."""

    def __init__(self) -> None:
        self.name = ""
        self.remaining = 0


_ACTIVE = _CrashPoint()


def configure(specification: str | None) -> None:
    """`name` dies the first time it is reached, `name:3` the third time; None never."""
    name, _, times = (specification or "").partition(":")
    _ACTIVE.name = name
    _ACTIVE.remaining = int(times or 1)


def reach(name: str) -> None:
    """Die here if this is the configured crash point."""
    if name != _ACTIVE.name:
        return
    _ACTIVE.remaining -= 1
    if _ACTIVE.remaining <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
