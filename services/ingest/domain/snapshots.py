"""What listeners of an import's events are told, numbered so that they can resume."""

from typing import Any, NamedTuple

from contracts.api.imports import STATES
from services.ingest.domain.states import count_judged, count_rows, state_of
from services.ingest.domain.uploads import Import

_PER_STATE = 10**12
_PER_REVISION = _PER_STATE * 100


class Snapshot(NamedTuple):
    """`number` rises as the import moves on: by revision, then state, then rows."""

    number: int
    state: str
    data: dict[str, Any]


def take_snapshot(found: Import) -> Snapshot:
    """The import as it is now, in few words."""
    state = state_of(found)
    counts = count_rows(found)
    read = found.upload.rows if found.upload.rows is not None else found.upload.rows_read
    judged = counts["rows"] if found.plan else count_judged(found)
    applied = found.plan.applied_rows if found.plan else 0
    reverted = found.plan.reverted_rows if found.plan else 0
    number = found.upload.revision * _PER_REVISION + STATES.index(state) * _PER_STATE
    plan = found.plan.plan_id if found.plan else None
    data = {
        "id": str(found.upload.import_id),
        "state": state,
        "revision": found.upload.revision,
        "counts": counts,
        "plan": None if plan is None else str(plan),
        "rows_read": read,
        "rows_judged": judged,
        "rows_applied": applied,
        "rows_reverted": reverted,
    }
    return Snapshot(number + read + judged + applied + reverted, state, data)
