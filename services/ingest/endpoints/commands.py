"""Imports are changed, completed and cancelled."""

from uuid import UUID

from fastapi import APIRouter

from contracts.api.imports import (
    CompleteRequest,
    ImportOptions,
    ImportPatch,
    ImportView,
    MappingUpdate,
    MappingView,
)
from services.chassis.identity import Principal, demand, requires
from services.ingest.handlers.changing import Change, change_import
from services.ingest.handlers.deciding import cancel_import, complete_import
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.mapping import view_mapping

WRITE = requires("imports:write")


def add_command_routes(router: APIRouter, facilities: Facilities) -> None:
    """Each names what is to be so, and may be repeated."""

    @router.put("/imports/{import_id}/mapping", tags=["imports"])
    async def set_mapping(
        import_id: UUID, update: MappingUpdate, caller: Principal = WRITE
    ) -> MappingView:
        said = update.model_dump(exclude_unset=True)
        options = ImportOptions.model_validate(
            {name: value for name, value in said.items() if value is not None}
        )
        await change_import(facilities, import_id, Change(options, by_hand=True), caller.actor)
        return await view_mapping(facilities, import_id)

    @router.patch("/imports/{import_id}", tags=["imports"])
    async def change_options(
        import_id: UUID, patch: ImportPatch, caller: Principal = WRITE
    ) -> ImportView:
        if patch.control_override is not None:
            demand(caller, "imports:override")
        change = Change(patch, override=patch.control_override)
        return await change_import(facilities, import_id, change, caller.actor)

    @router.post("/imports/{import_id}/complete", status_code=202, tags=["imports"])
    async def complete(
        import_id: UUID, request: CompleteRequest, caller: Principal = WRITE
    ) -> ImportView:
        return await complete_import(facilities, import_id, request.plan, caller.actor)

    @router.post("/imports/{import_id}/cancel", status_code=202, tags=["imports"])
    async def cancel(import_id: UUID, caller: Principal = WRITE) -> ImportView:
        return await cancel_import(facilities, import_id, caller.actor)
