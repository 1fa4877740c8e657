"""`/v1/<record type>/{id}/lineage`: only ingest knows files, mappings and raw cells."""

from typing import Any

from fastapi import APIRouter

from contracts.record_type import RecordType
from contracts.records import record_types
from services.chassis.identity import requires
from services.chassis.problems import Problem
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.lineage import trace_record

_MAX_ID_DIGITS = 18


def add_lineage_routes(router: APIRouter, facilities: Facilities) -> None:
    """One per record type; without records of a type there is nothing to find."""
    for record_type in record_types().values():
        _add_route(router, facilities, record_type)


def _add_route(router: APIRouter, facilities: Facilities, record_type: RecordType) -> None:
    async def show_lineage(record_id: str) -> dict[str, Any]:
        found = None
        if record_id.isascii() and record_id.isdigit() and len(record_id) <= _MAX_ID_DIGITS:
            found = await trace_record(facilities, record_type, int(record_id))
        if found is None:
            raise Problem(404, "not_found", f"There is no such record in {record_type.name}.")
        return found

    router.add_api_route(
        f"/{record_type.name}/{{record_id}}/lineage",
        show_lineage,
        methods=["GET"],
        operation_id=f"lineage_{record_type.name}",
        tags=[record_type.name],
        dependencies=[requires("records:read")],
    )
