"""Ingest's part of the API: `/v1/imports…`, reviews, records' lineage, and the templates."""

from fastapi import APIRouter

from services.ingest.endpoints.commands import add_command_routes
from services.ingest.endpoints.downloads import add_download_routes
from services.ingest.endpoints.events import add_event_routes
from services.ingest.endpoints.imports import add_import_routes
from services.ingest.endpoints.lineage import add_lineage_routes
from services.ingest.endpoints.reverts import add_revert_routes
from services.ingest.endpoints.reviews import add_review_routes
from services.ingest.endpoints.rows import add_correction_routes, add_row_routes
from services.ingest.endpoints.templates import add_template_routes
from services.ingest.endpoints.translation import TranslatingRoute
from services.ingest.handlers.facilities import Facilities


def build_router(facilities: Facilities) -> APIRouter:
    router = APIRouter(prefix="/v1", route_class=TranslatingRoute)
    add_import_routes(router, facilities)
    add_command_routes(router, facilities)
    add_revert_routes(router, facilities)
    add_row_routes(router, facilities)
    add_correction_routes(router, facilities)
    add_review_routes(router, facilities)
    add_download_routes(router, facilities)
    add_event_routes(router, facilities)
    add_lineage_routes(router, facilities)
    add_template_routes(router)
    return router
