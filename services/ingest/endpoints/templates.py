"""Templates of the record types, as CSV and described as JSON."""

from typing import Any

from fastapi import APIRouter, Response

from contracts.record_type import RecordType
from contracts.records import record_types
from services.chassis.identity import requires
from services.chassis.problems import Problem
from services.files.csv_output import format_rows
from services.ingest.domain.file_names import content_disposition
from services.ingest.domain.presentation import present_template, present_templates
from services.ingest.domain.templates import template_rows

READ = requires("imports:read")


def add_template_routes(router: APIRouter) -> None:
    """A CSV template imports cleanly as it is: descriptions are in the JSON only."""

    @router.get("/templates", tags=["templates"], dependencies=[READ])
    async def list_templates() -> dict[str, Any]:
        return {"data": present_templates(), "has_more": False}

    @router.get("/templates/{record_type}.csv", tags=["templates"], dependencies=[READ])
    async def download_template(record_type: str) -> Response:
        found = _find(record_type)
        headers = {"Content-Disposition": content_disposition(f"{found.name}-template.csv")}
        return Response(print_template(found), 200, headers, "text/csv; charset=utf-8")

    @router.get("/templates/{record_type}", tags=["templates"], dependencies=[READ])
    async def show_template(record_type: str) -> dict[str, Any]:
        return present_template(_find(record_type))


def print_template(record_type: RecordType) -> str:
    return "".join(format_rows(template_rows(record_type)))


def _find(name: str) -> RecordType:
    found = record_types().get(name)
    if found is None:
        known = ", ".join(record_types())
        raise Problem(
            404, "not_found", f"There is no record type of this name; there are: {known}."
        )
    return found
