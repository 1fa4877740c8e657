"""The `ledger-changed` events of one import or feed: which rows, with which change and id."""

import json
from typing import Any

from prove.marks import RowMarks
from prove.topics import Headers

_UNDONE_SUFFIX = "/reverted"
_APPLIED = ("created", "updated")


class Changes:
    """Rows whose application, and rows whose undoing, was told of.

    `odd` are rows whose events contradict themselves, with what is wrong.
    """

    def __init__(self, import_id: str, *, applied: int, undone: int) -> None:
        self._import_id = import_id
        self._wanted = (applied, undone)
        self._source: bytes | None = None
        self.applied = RowMarks()
        self.undone = RowMarks()
        self.odd: dict[int, str] = {}

    def is_complete(self) -> bool:
        applied, undone = self._wanted
        return len(self.applied) >= applied and len(self.undone) >= undone

    def take(self, value: bytes, headers: Headers) -> None:
        if self._import_id.encode() not in value:
            return
        event: dict[str, Any] = json.loads(value)
        if event["import_id"] != self._import_id:
            return
        row, change = int(event["row"]), str(event["change"])
        is_applied = change in _APPLIED
        marks = self.applied if is_applied else self.undone
        problem = self._find_problem(row, dict(headers), "" if is_applied else _UNDONE_SUFFIX)
        if not problem and marks[row] not in ("", change):
            problem = f"one event says {marks[row]}, another {change}"
        if problem:
            self.odd.setdefault(row, problem)
        marks[row] = change

    def _find_problem(self, row: int, headers: dict[str, bytes], suffix: str) -> str:
        """A repeated event has the same id: the import's, the row, and how it came to be."""
        source, found = headers.get("ce_source"), headers.get("ce_id", b"").decode()
        if self._source is None:
            self._source = source
        wanted = f"{self._import_id}/{row}{suffix}"
        return "" if found == wanted and source == self._source else "events with different ids"
