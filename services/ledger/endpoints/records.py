"""`/v1/<record type>`: lists with filters, one record, and its history."""

from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Query, Request

from contracts.record_type import RecordType
from services.chassis.filtering import compile_filters
from services.chassis.identity import requires
from services.chassis.web import Problem
from services.ledger.domain.presentation import filterable_fields, present_change, present_record
from services.ledger.repository import history, records

PAGE_PARAMETERS = {"limit", "starting_after"}
Limit = Annotated[int, Query(ge=1, le=100)]


def add_record_routes(router: APIRouter, pool: asyncpg.Pool, record_type: RecordType) -> None:
    """The routes of one record type; their operation ids carry its name."""
    name = record_type.name
    fields = filterable_fields(record_type)

    async def list_records(
        request: Request, limit: Limit = 20, starting_after: str | None = None
    ) -> dict[str, Any]:
        asked = [
            (key, value)
            for key, value in request.query_params.multi_items()
            if key not in PAGE_PARAMETERS
        ]
        filters = compile_filters(asked, fields, first_parameter=3)
        after = parse_id(starting_after) if starting_after else 0
        rows = await records.list_records(pool, name, filters, after=after, limit=limit + 1)
        data = [present_record(row, record_type) for row in rows[:limit]]
        return {"data": data, "has_more": len(rows) > limit}

    async def show_record(record_id: str) -> dict[str, Any]:
        return present_record(await _find(record_id), record_type)

    async def list_history(record_id: str) -> dict[str, Any]:
        record = await _find(record_id)
        changes = await history.list_changes(pool, name, record["id"])
        postings = await history.list_postings(pool, name, record["id"])
        return {
            "record": present_record(record, record_type),
            "changes": [_present_version(change, record_type) for change in changes],
            "postings": [present_change(posting) for posting in postings],
        }

    async def _find(record_id: str) -> dict[str, Any]:
        found = await records.find_record(pool, name, parse_id(record_id))
        if found is None:
            raise Problem(404, "not_found", f"There is no such record in {name}.")
        return found

    routes = (
        ("", list_records, f"list_{name}"),
        ("/{record_id}", show_record, f"show_{name}"),
        ("/{record_id}/history", list_history, f"history_{name}"),
    )
    for path, endpoint, operation in routes:
        router.add_api_route(
            f"/{name}{path}",
            endpoint,
            methods=["GET"],
            operation_id=operation,
            tags=[name],
            dependencies=[requires("records:read")],
        )


def _present_version(change: dict[str, Any], record_type: RecordType) -> dict[str, Any]:
    """A change with its images as records are shown."""
    images = {
        name: present_record(change[name], record_type) if change[name] is not None else None
        for name in ("before", "after")
    }
    return present_change(change | images)


def parse_id(text: str) -> int:
    """A record's id; anything that cannot be one is simply not found."""
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    raise Problem(404, "not_found", "There is no such record.")
