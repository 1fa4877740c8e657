"""The answers on `records-settled` to the submissions of one feed."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from prove.buckets import BUCKETS
from prove.topics import Headers

# Decided later, without a word to the source.
_SILENT = ("waited_too_long", "withdrawn", "corrected", "moved")
_REUSED = "event_id_reused"


class Submitted(NamedTuple):
    """A row of a feed, with the outcome that its source must have been told of (None: any)."""

    row: int
    outcome: str | None


def expected_answer(row: int, bucket: str, reason: str | None) -> Submitted:
    return Submitted(row, None if reason in _SILENT else bucket)


class Settlements:
    """`submitted` by event id; the rows that are left in `open` have not had their answer."""

    def __init__(self, feed_id: str, submitted: Mapping[str, Submitted]) -> None:
        self._feed_id = feed_id
        self._submitted = submitted
        self._told: dict[int, str] = {}
        self.open = {item.row for item in submitted.values()}

    def is_complete(self) -> bool:
        return not self.open

    def take(self, value: bytes, headers: Headers) -> None:
        if self._feed_id.encode() not in value:
            return
        answer: dict[str, Any] = json.loads(value)
        submitted = self._submitted.get(str(answer["ce_id"]))
        if answer["feed_id"] != self._feed_id or submitted is None:
            return
        # The answer to another event that took the id of this one.
        if any(finding["code"] == _REUSED for finding in answer["findings"]):
            return
        outcome = str(answer["outcome"])
        self._told[submitted.row] = outcome
        if submitted.outcome in (None, outcome) and outcome in BUCKETS:
            self.open.discard(submitted.row)

    def where(self) -> str:
        """The first row without its answer; empty if there is none."""
        if not self.open:
            return ""
        row = min(self.open)
        wanted = {item.row: item.outcome for item in self._submitted.values()}[row]
        told = self._told.get(row)
        if told is None:
            return f"row {row}: its source was told nothing"
        return f"row {row}: it is {wanted}, its source was told {told}"
