"""Verdicts as they stand on `rows-judged`; one too long to be sent is cut where it may be."""

from collections.abc import Sequence

import orjson

from services.validator.domain.examining import Examination
from services.validator.domain.remarks import bound, show, to_arrays

# A message is 1 MiB at most, its headers included.
MAX_VERDICT_BYTES = 900_000
MAX_SHORTENED_CELL = 200
# One character is six bytes of JSON at worst.
MAX_SHORTENED_CHARACTERS = 100_000


def write_verdict(row: int, attempt: int, examined: Examination, cells: Sequence[str]) -> bytes:
    """RowAccepted or RowRejected as JSON."""
    head = (row, attempt, examined.values, examined.custom)
    warnings = to_arrays(bound(examined.warnings)) or None
    if not examined.violations:
        return orjson.dumps(("accepted", *head, warnings))
    tail = (warnings, to_arrays(bound(examined.violations)))
    written = orjson.dumps(("rejected", *head, *tail, [show(cell) for cell in cells]))
    if len(written) <= MAX_VERDICT_BYTES:
        return written
    unread = [None] * len(examined.values)
    length = min(MAX_SHORTENED_CELL, MAX_SHORTENED_CHARACTERS // len(cells))
    shortened = [show(cell[:length]) for cell in cells]
    return orjson.dumps(("rejected", row, attempt, unread, None, *tail, shortened))
