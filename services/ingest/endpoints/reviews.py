"""The queue of rows that wait for a person, over all imports."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from contracts.api.decisions import Assignment
from services.chassis.identity import Principal, requires
from services.chassis.problems import Problem, ProblemItem
from services.ingest.domain.presentation import present_review
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.row_decisions import assign_rows
from services.ingest.repository import decisions
from services.ingest.repository.decisions import ReviewFilter


class ReviewQuery(BaseModel):
    """Which rows; of those that are nobody's there is no filter."""

    import_id: UUID | None = None
    assignee: Annotated[str | None, Query(min_length=1, max_length=200)] = None
    outcome: Literal["held", "parked"] = "held"
    code: Annotated[str | None, Query(max_length=100, pattern="^[a-z0-9_]+$")] = None


def add_review_routes(router: APIRouter, facilities: Facilities) -> None:
    """Pages go by `cursor`, which each item has."""

    @router.get("/reviews", tags=["reviews"], dependencies=[requires("imports:read")])
    async def list_reviews(
        asked: Annotated[ReviewQuery, Depends()],
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        starting_after: Annotated[str | None, Query(max_length=60)] = None,
    ) -> dict[str, Any]:
        action = "hold" if asked.outcome == "held" else "park"
        wanted = ReviewFilter(action, asked.import_id, asked.assignee, asked.code)
        after = _parse_cursor(starting_after)
        rows = await decisions.list_reviews(facilities.pool, wanted, after, limit + 1)
        return {
            "data": [present_review(row) for row in rows[:limit]],
            "has_more": len(rows) > limit,
        }

    @router.post("/imports/{import_id}/assign", status_code=204, tags=["reviews"])
    async def assign(
        import_id: UUID, assignment: Assignment, caller: Principal = requires("imports:write")
    ) -> Response:
        await assign_rows(facilities, import_id, assignment, caller.actor)
        return Response(status_code=204)


def _parse_cursor(text: str | None) -> tuple[UUID, int] | None:
    """Raises Problem 422 for what is no cursor of ours."""
    if text is None:
        return None
    import_id, _, row = text.partition(":")
    try:
        number = int(row) if row.isascii() and row.isdecimal() else -1
        if not 0 <= number < 2**31:
            raise ValueError(row)
        return UUID(import_id), number
    except ValueError:
        sentence = "This is no item's cursor."
        item = ProblemItem("query.starting_after", "unknown_cursor", sentence)
        raise Problem(422, "invalid_request", sentence, errors=[item]) from None
