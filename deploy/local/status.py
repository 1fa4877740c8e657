"""What the supervisor tells the outside: its phase and where each unit stands, in one file."""

import json
from dataclasses import asdict, dataclass, field
from typing import Literal

from deploy.local.state import State
from deploy.private_files import write_private

Phase = Literal["starting", "ready", "stopping", "failed"]
Stand = Literal["waiting", "held", "starting", "ready", "restarting", "done", "stopped"]


@dataclass(slots=True)
class UnitStatus:
    """`starts` counts how often it has been started; `pid` is None while it is not running."""

    stand: Stand = "waiting"
    pid: int | None = None
    starts: int = 0


@dataclass(slots=True)
class Status:
    """`failure` says in one sentence why the phase is failed."""

    phase: Phase = "starting"
    failure: str | None = None
    units: dict[str, UnitStatus] = field(default_factory=dict[str, UnitStatus])


def write_status(state: State, status: Status) -> None:
    write_private(state.status, json.dumps(asdict(status), indent=2) + "\n")


def read_status(state: State) -> Status | None:
    """The last word of a supervisor, which may be gone; None when there never was one."""
    if not state.status.exists():
        return None
    fields = json.loads(state.status.read_text("utf-8"))
    units = {name: UnitStatus(**unit) for name, unit in fields.pop("units").items()}
    return Status(**fields, units=units)
