"""The state folder: where each thing lies, private atomic files, and the lock of its supervisor.

What the files mean belongs to the modules that write them.
"""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from deploy.local.settings import PROJECT
from deploy.private_files import write_private

LOCK_ATTEMPTS = 20
LOCK_PAUSE_SECONDS = 0.02
KEPT_AT_RESET = frozenset({"cache", "tools"})


class AlreadyRunningError(Exception):
    """Another supervisor holds this state folder."""


def project_cache() -> Path:
    """Downloads are shared by every state folder of this checkout."""
    return PROJECT / ".local" / "cache"


def _take(file: IO[str]) -> bool:
    # Whoever only asks who holds the lock has it for a moment too.
    for _ in range(LOCK_ATTEMPTS):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOCK_PAUSE_SECONDS)
        else:
            return True
    return False


@dataclass(frozen=True, slots=True)
class State:
    """One stack's folder."""

    root: Path

    def create(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        for folder in (self.logs, self.holds, self.next_start):
            folder.mkdir(exist_ok=True)
        if not self.marker.exists():
            write_private(self.marker, "This folder holds the state of a local Ledgerport stack.\n")

    @property
    def marker(self) -> Path:
        return self.root / "ledgerport-state"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def holds(self) -> Path:
        """A file with the name of a unit keeps that unit from being started."""
        return self.root / "holds"

    @property
    def next_start(self) -> Path:
        """`<name>.json` here adds variables to the next start of a process, once."""
        return self.root / "next-start"

    @property
    def connection(self) -> Path:
        return self.root / "connection.json"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets.json"

    @property
    def ports(self) -> Path:
        return self.root / "ports.json"

    @property
    def status(self) -> Path:
        return self.root / "status.json"

    @property
    def running(self) -> Path:
        return self.root / "running.json"

    @property
    def places(self) -> Path:
        """Folders outside this one that belong to the stack, one a line; removed by reset."""
        return self.root / "places"

    @property
    def lock(self) -> Path:
        return self.root / "supervisor.lock"

    def log(self, name: str) -> Path:
        if not re.fullmatch(r"[a-z0-9-]+", name):
            raise ValueError(f"not a process name: {name!r}")
        return self.logs / f"{name}.log"

    @contextmanager
    def locked(self) -> Generator[None]:
        """Hold the folder; the lock ends with the process, however that ends."""
        with self.lock.open("a+", encoding="utf-8") as file:
            if not _take(file):
                raise AlreadyRunningError(f"a supervisor already runs in {self.root}")
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            yield

    def supervisor(self) -> int | None:
        """The pid of the supervisor that holds the folder, None when nobody does."""
        if not self.lock.exists():
            return None
        with self.lock.open("r+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read().strip() or 0) or None
        return None

    def hold(self, *names: str) -> None:
        for name in names:
            (self.holds / name).touch()

    def release(self, *names: str) -> None:
        for name in names:
            (self.holds / name).unlink(missing_ok=True)

    def remember_place(self, place: Path) -> None:
        known = self.places.read_text("utf-8").splitlines() if self.places.exists() else []
        if str(place) not in known:
            write_private(self.places, "\n".join([*known, str(place)]) + "\n")

    def remove(self) -> None:
        """Remove all data, here and in remembered places; downloads and tools stay."""
        if not self.marker.exists():
            return
        if self.places.exists():
            for place in self.places.read_text("utf-8").splitlines():
                shutil.rmtree(place, ignore_errors=True)
        for entry in self.root.iterdir():
            if entry.name in KEPT_AT_RESET:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        if not any(self.root.iterdir()):
            self.root.rmdir()
