"""The vocabulary of a topology: a process that is kept alive, and a step that runs once per start.

What Ledgerport runs is declared in topology; how it is kept alive is supervisor's.
"""

import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Readiness = Callable[[], Awaitable[bool]]
Preparation = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process that is restarted when it dies. `prepare` runs before every start of it."""

    name: str
    command: tuple[str, ...]
    is_ready: Readiness
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    after: tuple[str, ...] = ()
    prepare: Preparation | None = None
    user: str | None = None
    directory: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 30.0
    orphan_signal: signal.Signals = signal.SIGKILL


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A command that must end with 0 before what comes after it may start.

    With `variables` None it sees the launcher's own environment: proxies, certificates.
    """

    name: str
    command: tuple[str, ...]
    variables: Mapping[str, str] | None = field(default_factory=dict[str, str])
    after: tuple[str, ...] = ()
    directory: Path | None = None
    keep_output: Callable[[str], None] | None = None


Unit = Process | Step


@dataclass(frozen=True, slots=True)
class Topology:
    """What runs and after what. Names are unique and `after` has no cycles."""

    units: tuple[Unit, ...]

    def __post_init__(self) -> None:
        names = [unit.name for unit in self.units]
        if len(names) != len(set(names)):
            raise ValueError(f"a name is declared twice: {sorted(names)}")
        for unit in self.units:
            unknown = set(unit.after) - set(names)
            if unknown:
                raise ValueError(f"{unit.name} comes after unknown {sorted(unknown)}")
        self.levels()

    @property
    def processes(self) -> tuple[Process, ...]:
        return tuple(unit for unit in self.units if isinstance(unit, Process))

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(unit for unit in self.units if isinstance(unit, Step))

    def levels(self) -> dict[str, int]:
        """How many units have to come before each; stopping goes from the highest down."""
        levels: dict[str, int] = {}
        waiting = list(self.units)
        while waiting:
            possible = [unit for unit in waiting if all(name in levels for name in unit.after)]
            if not possible:
                raise ValueError(f"these wait for each other: {[unit.name for unit in waiting]}")
            for unit in possible:
                levels[unit.name] = 1 + max((levels[name] for name in unit.after), default=-1)
            waiting = [unit for unit in waiting if unit.name not in levels]
        return levels
