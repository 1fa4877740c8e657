"""Which words of a person an import's state allows once it is booked, and how a revert is shown."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Literal

from contracts.api.decisions import KeptRow, RevertView
from contracts.findings import explain
from services.ingest.domain.problems import RowMissing, StepRefused
from services.ingest.domain.states import state_of
from services.ingest.domain.uploads import Import

KEPT_SHOWN: Final = 100
# Held for a person's word; a row that is held for anything else has an error (`on_error` review).
HELD_FOR_A_WORD: Final = ("balance_differs", "possible_duplicate", "moved", "waited_too_long")
_UNDONE: Final = ("reverting", "reverted")
_WAY_ON: Final = {
    "mapping": "Map the required fields first.",
    "reading": "Wait until the review is ready.",
    "ready": "Complete the import first, or cancel it: nothing is booked yet.",
    "completing": "Wait until it is completed.",
    "failed": "See the import's failure for the way on.",
    "cancelled": "Upload the file again to start anew.",
    "reverting": "Wait until it is reverted; then the file can be uploaded again.",
    "reverted": "Upload the file again to start anew.",
}
Decision = Literal["release", "dismiss"]


def check_may_revert(found: Import) -> bool:
    """Whether the command has to be given; False where it was given before. Raises StepRefused."""
    if state_of(found) in _UNDONE:
        return False
    demand_completed(found, "reverted")
    return True


def demand_completed(found: Import, to_be: str) -> None:
    """Raises StepRefused; `to_be` says what only a completed import can be."""
    state = state_of(found)
    if state != "completed":
        raise StepRefused(
            "not_completed",
            f"The import is {state}; only one that is completed can be {to_be}.",
            _WAY_ON.get(state, "Look at the import's state."),
            state=state,
        )


def demand_correctable(found: Import) -> None:
    """Raises StepRefused where rows can have no new attempts: that can only what is ready."""
    state = state_of(found)
    if state != "ready" or found.plan is None:
        raise StepRefused(
            "not_correctable",
            f"The import is {state}; rows are corrected while it is ready, or once completed.",
            {**_WAY_ON, "completed": "Try again."}.get(state, "Look at the import's state."),
            state=state,
        )


def check_may_correct_row(row: int, action: str) -> None:
    """Raises StepRefused for a row of a completed import that is in the books."""
    if action in ("create", "update", "unchanged"):
        raise StepRefused(
            "row_booked",
            f"Row {row} is in the books as it is.",
            "Send what is to change as a new import, or revert this one first.",
        )


def nothing_to_correct() -> StepRefused:
    return StepRefused(
        "nothing_to_correct",
        "The import has no such rows that are rejected, or held for an error.",
        "Look at the import's findings: `GET …/rows?outcome=rejected` lists the rows.",
    )


def demand_acknowledgeable(found: Import) -> None:
    """Raises StepRefused but for accounts that were received into the books."""
    if found.upload.record_type != "accounts":
        raise StepRefused(
            "not_accounts",
            f"Accounts are acknowledged; this is an import of {found.upload.record_type}.",
            "Take the rows with their outcomes instead: `GET …/rows`.",
        )
    if state_of(found) not in _UNDONE:
        demand_completed(found, "acknowledged")


def choose_rows(
    asked: Collection[int],
    decision: Decision,
    *,
    known: Collection[int],
    waiting: Collection[int],
    last: Mapping[int, str],
) -> list[int]:
    """The rows that the command has to be given for; the others were decided so before.

    A dismissal is final, a release may be given again. Raises RowMissing and StepRefused.
    """
    missing = sorted(set(asked) - set(known))
    if missing:
        raise RowMissing(missing)
    settled = sorted(row for row in set(asked) - set(waiting) if last.get(row) != decision)
    if settled:
        named = ", ".join(map(str, settled[:10]))
        raise StepRefused(
            "row_not_waiting",
            f"Neither held nor parked, and so nothing to {decision}: {named}.",
            "Look at the rows' outcomes; what is booked can be reverted with its import.",
            rows=settled[:100],
        )
    return sorted(
        row for row in set(waiting) if decision == "release" or last.get(row) != "dismiss"
    )


def present_revert(
    found: Import, sums: Mapping[str, Any], kept: Sequence[Mapping[str, Any]]
) -> RevertView:
    """`kept` may hold one row more than is shown, which tells that there are more."""
    state = state_of(found)
    return RevertView(
        import_id=found.upload.import_id,
        state=state if state in _UNDONE else "planned",  # pyright: ignore[reportArgumentType]
        counts=sums["counts"],
        amounts=sums["amounts"],
        reasons=sums["reasons"],
        kept=[present_kept(row) for row in kept[:KEPT_SHOWN]],
        kept_has_more=len(kept) > KEPT_SHOWN,
    )


def present_kept(row: Mapping[str, Any]) -> KeptRow:
    words = explain(row["reason"])
    return KeptRow(
        row=row["row"],
        record_id=str(row["record_id"]),
        code=row["reason"],
        sentence=words.sentence,
        way_on=words.way_on,
    )
