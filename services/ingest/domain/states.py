"""The state of an import from both halves of it, and which steps that state allows."""

from typing import Final
from uuid import UUID

from contracts.api.imports import BUCKETS, FINAL_STATES, State
from services.ingest.domain.problems import StepRefused
from services.ingest.domain.uploads import PAST_COMPLETION, Import, LedgerFacts

_VOIDING_REMARKS: Final = ("plan_superseded", "control_totals_mismatch")


def state_of(found: Import) -> State:
    """The ledger's word wins once it applies; before that, and when all is to be undone again, what
    ingest knows is newer.
    """
    upload, ledger = found.upload, found.ledger
    if ledger is not None and ledger.is_past_completion:
        undoing = ledger.state == "completed" and upload.revert_asked_at is not None
        return "reverting" if undoing else ledger.state  # pyright: ignore[reportReturnType]
    if upload.cancelled_at is not None and _is_cancelled(found):
        return "cancelled"
    if upload.state in ("mapping", "failed"):
        return upload.state  # pyright: ignore[reportReturnType]
    plan = found.plan
    if plan is None:
        return "reading"
    if plan.state == "ready" and completion_is_pending(found):
        return "completing"
    return "ready" if plan.state == "ready" else "reading"


def _is_cancelled(found: Import) -> bool:
    """An automatic import that was read whole may be completing already: the ledger decides."""
    upload, ledger = found.upload, found.ledger
    undecided = upload.completes_itself and upload.state == "read"
    return not undecided or (ledger is not None and ledger.state == "cancelled")


def completion_is_pending(found: Import) -> bool:
    """Completion was asked for, and the ledger has neither begun nor refused it."""
    plan = found.plan
    asked = found.upload.completion_plan
    if plan is None or asked is None or plan.plan_id != asked:
        return False
    return not any(finding["code"] in _VOIDING_REMARKS for finding in plan.findings)


def is_final(state: str) -> bool:
    return state in FINAL_STATES


def count_rows(found: Import) -> dict[str, int]:
    """Rows by bucket as planned or settled; `pending` are those that are not judged yet."""
    plan = found.plan
    if plan is not None:
        return {"rows": 0, **dict.fromkeys(BUCKETS, 0), **plan.counts, "pending": 0}
    rows = found.upload.rows if found.upload.rows is not None else found.upload.rows_read
    pending = max(0, rows - count_judged(found))
    return {"rows": rows, **dict.fromkeys(BUCKETS, 0), "pending": pending}


def count_judged(found: Import) -> int:
    """Rows whose verdict the ledger has; those of an earlier revision do not count."""
    ledger = found.ledger
    if ledger is None or ledger.rows_staged == 0:
        return 0
    earlier = found.upload.rows is None and ledger.rows_expected is not None
    return 0 if earlier else ledger.rows_staged


def check_may_change(found: Import) -> None:
    """Options and mapping may change until completion is asked for."""
    state = state_of(found)
    if state in ("mapping", "reading", "ready", "failed") and found.upload.cancelled_at is None:
        return
    if state in ("cancelled", "reverted"):
        raise StepRefused(
            "import_over", f"The import is {state}.", "Upload the file again to start anew."
        )
    raise StepRefused(
        "completion_requested",
        f"The import is {state}; its options are frozen.",
        "Upload a correction of the rows that are wrong.",
    )


def check_may_complete(found: Import, plan_id: UUID) -> bool:
    """Whether the command has to be given; False where it was given before. Raises StepRefused."""
    state = state_of(found)
    current = found.plan
    if state in ("completing", "completed") and _was_asked_for(found, plan_id):
        return False
    if state != "ready" or current is None:
        raise StepRefused(
            "not_ready",
            f"The import is {state}; only one that is ready can be completed.",
            _WAY_ON.get(state, "Look at the import's state."),
            state=state,
        )
    if current.plan_id != plan_id:
        raise StepRefused(
            "plan_not_current",
            f"The import's current plan is {current.plan_id}.",
            "Review the current plan, and complete that one.",
            plan=str(current.plan_id),
        )
    _check_control_totals(current, overridden=found.upload.overridden)
    return True


def _was_asked_for(found: Import, plan_id: UUID) -> bool:
    done = found.ledger.plan_id if found.ledger is not None else None
    return plan_id in (found.upload.completion_plan, done)


def _check_control_totals(plan: LedgerFacts, *, overridden: bool) -> None:
    control = plan.control
    if control is None or control.get("matches", True) or overridden:
        return
    raise StepRefused(
        "control_totals_mismatch",
        "The file does not add up to the expected rows or amounts.",
        "Ask the sender, or have a manager override with a reason.",
        expected=control.get("expected"),
        found=control.get("found"),
    )


def check_may_cancel(found: Import) -> bool:
    """Whether the command has to be given; False where it was given before. Raises StepRefused."""
    state = state_of(found)
    if state in PAST_COMPLETION:
        raise StepRefused(
            "too_late_to_cancel",
            f"The import is {state}: it can no longer be cancelled.",
            "Revert the import once it is completed.",
            state=state,
        )
    return found.upload.cancelled_at is None


_WAY_ON: Final = {
    "mapping": "Map the required fields first.",
    "reading": "Wait until the review is ready.",
    "failed": "See the import's failure for the way on.",
    "cancelled": "Upload the file again to start anew.",
}
