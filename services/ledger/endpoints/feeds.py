"""`/v1/feeds`: what upstream sources have sent, per day and record type."""

from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query

from services.chassis.identity import requires
from services.chassis.web import Problem
from services.ledger.domain.presentation import present_feed, present_feed_row
from services.ledger.domain.summary import summarise
from services.ledger.repository import feed_views

Limit = Annotated[int, Query(ge=1, le=100)]


def add_feed_routes(router: APIRouter, pool: asyncpg.Pool) -> None:
    """Lists are newest first; counts and amounts are those of the feed as it is now."""

    @router.get("/feeds", tags=["feeds"], dependencies=[requires("feeds:read")])
    async def list_feeds(
        limit: Limit = 20, starting_after: UUID | None = None, source: str | None = None
    ) -> dict[str, Any]:
        rows = await feed_views.list_feeds(
            pool, source=source, after=starting_after, limit=limit + 1
        )
        return {"data": [present_feed(row) for row in rows[:limit]], "has_more": len(rows) > limit}

    @router.get("/feeds/{feed_id}", tags=["feeds"], dependencies=[requires("feeds:read")])
    async def show_feed(feed_id: UUID) -> dict[str, Any]:
        feed = await _find(feed_id)
        summary = summarise(await feed_views.sum_up_feed(pool, feed_id))
        findings = await feed_views.count_findings(pool, feed_id)
        return {**present_feed(feed), **summary.as_json(), "findings": findings}

    @router.get("/feeds/{feed_id}/rows", tags=["feeds"], dependencies=[requires("feeds:read")])
    async def list_feed_rows(
        feed_id: UUID,
        limit: Limit = 20,
        starting_after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
        outcome: str | None = None,
    ) -> dict[str, Any]:
        feed = await _find(feed_id)
        rows = await feed_views.list_rows(
            pool, feed_id, after=starting_after, outcome=outcome, limit=limit + 1
        )
        data = [present_feed_row(row, feed["record_type"]) for row in rows[:limit]]
        return {"data": data, "has_more": len(rows) > limit}

    async def _find(feed_id: UUID) -> dict[str, Any]:
        found = await feed_views.find_feed(pool, feed_id)
        if found is None:
            raise Problem(404, "not_found", "There is no such feed.")
        return found
