"""A stack of the benchmark's own, in a temporary folder; it ends with the benchmark."""

import json
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.background import await_ready, start_supervisor, stop_supervisor
from deploy.local.state import State
from deploy.local.status import Status


@dataclass(frozen=True, slots=True)
class BenchStack:
    """Addresses, and process ids as they are now; `folder` is for files of the runs."""

    connection_file: Path
    folder: Path

    @property
    def state(self) -> State:
        return State(self.connection_file.parent)

    @property
    def _connection(self) -> dict[str, Any]:
        return json.loads(self.connection_file.read_text(encoding="utf-8"))

    @property
    def url(self) -> str:
        return self._connection["url"]

    @property
    def api_key(self) -> str:
        return self._connection["api_key"]

    @property
    def postgres_dsn(self) -> str:
        return self._connection["postgres_dsn"]

    @property
    def kafka_bootstrap(self) -> str:
        return self._connection["kafka_bootstrap"]

    @property
    def processes(self) -> dict[str, int]:
        return self._connection["processes"]


@contextmanager
def open_stack() -> Generator[BenchStack]:
    """Start everything, and remove it all again."""
    with tempfile.TemporaryDirectory(prefix="ledgerport-bench-") as folder:
        state = State(Path(folder) / "state")
        try:
            start_supervisor(state, tied=True)
            await_ready(state, _say_nothing)
            yield BenchStack(state.connection, Path(folder))
        finally:
            stop_supervisor(state)
            state.remove()


def _say_nothing(_status: Status) -> None:
    """The benchmark's own lines are enough."""
