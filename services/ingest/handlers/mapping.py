"""The mapping of an import as it is shown: columns with samples, suggestions, and what is set."""

from uuid import UUID

from contracts.api.imports import ColumnMapping, MappingView
from services.files.problems import FileProblem
from services.ingest.domain.configuration import find_record_type
from services.ingest.domain.mappings import find_missing
from services.ingest.domain.presentation import present_fields
from services.ingest.domain.uploads import Upload
from services.ingest.handlers.facilities import Facilities, source_name
from services.ingest.handlers.preparing import inspect_source
from services.ingest.handlers.suggesting import ColumnSuggestion, suggest_fields
from services.ingest.repository import uploads

_SHOWN_SAMPLES = 3


async def view_mapping(facilities: Facilities, import_id: UUID) -> MappingView:
    """Samples are read from the source each time, so that they are kept nowhere else."""
    async with facilities.pool.acquire() as connection:
        upload = await uploads.find_upload(connection, import_id)
    record_type = find_record_type(upload.record_type)
    options = upload.options
    return MappingView(
        columns=await _view_columns(facilities, upload),
        constants=options.constants,
        formats=options.formats,
        empty_cells=options.empty_cells,
        missing=find_missing(record_type, upload.targets, options.constants),
        fields=present_fields(record_type),
        revision=upload.revision,
    )


async def _view_columns(facilities: Facilities, upload: Upload) -> list[ColumnMapping]:
    record_type = find_record_type(upload.record_type)
    source = source_name(upload.import_id)
    try:
        inspected = await inspect_source(facilities, source, upload.options, record_type)
    except FileProblem:
        return []
    async with facilities.pool.acquire() as connection:
        suggestions = await suggest_fields(connection, record_type, inspected)
    samples, targets = inspected.samples(), dict(upload.targets)
    return [
        _view_column(item, samples[item.column], targets.get(item.column)) for item in suggestions
    ]


def _view_column(
    suggestion: ColumnSuggestion, samples: list[str], field: str | None
) -> ColumnMapping:
    said = [cell for cell in dict.fromkeys(samples) if cell.strip()]
    return ColumnMapping(
        column=suggestion.column,
        samples=said[:_SHOWN_SAMPLES],
        suggestion=suggestion.field,
        confidence=suggestion.confidence,
        reason=suggestion.reason,
        field=field,
    )
