"""The log files of a stack: opened for children, kept from growing, followed by people."""

import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from deploy.local.state import State

ROTATE_BYTES = 50 * 1024 * 1024
FOLLOW_SECONDS = 0.25
TAIL_BYTES = 16 * 1024


def open_log(path: Path) -> IO[bytes]:
    """Unbuffered and appending: a child writes to it, and rotation may cut it under its feet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("ab", buffering=0)


def rotate_large_logs(folder: Path, *, limit: int = ROTATE_BYTES) -> None:
    """Copy a large log to `.1` and cut it; lines written between the two are lost."""
    for path in folder.glob("*.log"):
        if path.stat().st_size > limit:
            shutil.copyfile(path, path.with_suffix(".log.1"))
            with path.open("ab") as file:
                file.truncate(0)


def read_tail(path: Path, lines: int) -> list[str]:
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        return file.read().decode("utf-8", "replace").splitlines()[-lines:]


def follow(state: State, names: Sequence[str]) -> Iterator[str]:
    """The last lines of each log and then, for ever, what is added, with the name before it."""
    positions: dict[Path, int] = {}
    while True:
        for path in sorted(state.logs.glob("*.log")):
            if names and path.stem not in names:
                continue
            known = path in positions
            positions.setdefault(path, max(0, path.stat().st_size - TAIL_BYTES))
            lines = _read_added(path, positions)
            yield from (f"{path.stem} | {line}" for line in (lines if known else lines[-10:]))
        time.sleep(FOLLOW_SECONDS)


def _read_added(path: Path, positions: dict[Path, int]) -> list[str]:
    start = positions[path] if path.stat().st_size >= positions[path] else 0
    with path.open("rb") as file:
        file.seek(start)
        added = file.read()
    complete = added[: added.rfind(b"\n") + 1]
    positions[path] = start + len(complete)
    return complete.decode("utf-8", "replace").splitlines()
