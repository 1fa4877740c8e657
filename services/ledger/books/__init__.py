"""The books, one folder per record type: how it is planned, applied and published, in SQL."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from contracts.records import record_types
from services.ledger.statements import Statements

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Book:
    """A record type's SQL: `plan` runs whole and in order, `apply` and `revert` by the names that
    their steps have.
    """

    record_type: str
    plan: Statements
    apply: Statements
    changes: Statements
    revert: Statements
    migrations: Path
    view: Path


@cache
def books() -> dict[str, Book]:
    """Every book by its record type; `accounts` first, as others refer to it."""
    found = {name: _open(name) for name in record_types() if (_FOLDER / name).is_dir()}
    return dict(sorted(found.items(), key=lambda item: (item[0] != "accounts", item[0])))


def shared_views() -> Path:
    return _FOLDER / "views.sql"


def _open(name: str) -> Book:
    folder = _FOLDER / name
    return Book(
        record_type=name,
        plan=Statements(folder / "plan.sql"),
        apply=Statements(folder / "apply.sql"),
        changes=Statements(folder / "changes.sql"),
        revert=Statements(folder / "revert.sql"),
        migrations=folder / "migrations",
        view=folder / "view.sql",
    )
