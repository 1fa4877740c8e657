"""The first look into a stored file: its shape, its mapping, and whether a person has to help."""

import asyncio
from dataclasses import dataclass
from typing import Any

from contracts.api.imports import ImportConfig
from contracts.record_type import RecordType
from services.chassis.database import Connection
from services.files.problems import FileProblem
from services.ingest.domain.configuration import (
    check_options,
    find_record_type,
    inherit_options,
    refuse_trailer,
)
from services.ingest.domain.corrections import names_a_correction, read_corrected
from services.ingest.domain.mappings import Targets, choose_targets, find_cleared, find_missing
from services.ingest.domain.problems import (
    ConfigProblem,
    ConfigRefused,
    ImportMissing,
    refuse_if_any,
)
from services.ingest.domain.uploads import OwnState, Upload
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.suggesting import (
    accepted_fields,
    known_headers,
    money_headers,
    suggest_fields,
)
from services.ingest.handlers.tables import Inspected, dump_shape, inspect_table, to_choices
from services.ingest.repository import uploads


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the first look has led to; with a failure there is neither shape nor mapping."""

    config: ImportConfig
    targets: Targets
    state: OwnState
    shape: dict[str, Any] | None = None
    failure: dict[str, str] | None = None


def check_config(facilities: Facilities, config: ImportConfig) -> RecordType:
    """What can be said before the file is known; raises ConfigRefused."""
    record_type = find_record_type(config.record_type)
    currency = facilities.settings.ingest_default_currency
    refuse_if_any(check_options(config, record_type, default_currency=currency))
    try:
        to_choices(config.table)
    except FileProblem as problem:
        item = ConfigProblem("config.table.encoding", problem.code, problem.sentence)
        raise ConfigRefused([item]) from None
    return record_type


async def inspect_source(
    facilities: Facilities, source: str, config: ImportConfig, record_type: RecordType
) -> Inspected:
    """A look at the first bytes of a stored file; raises FileProblem."""
    choices = to_choices(config.table)

    def look() -> Inspected:
        with facilities.store.open_file(source) as stream:
            return inspect_table(
                stream,
                choices,
                known_headers=known_headers(record_type),
                money_headers=money_headers(record_type),
                limits=facilities.limits,
                archive_limits=facilities.archive_limits,
            )

    return await asyncio.to_thread(look)


async def prepare_upload(
    facilities: Facilities, source: str, config: ImportConfig, record_type: RecordType
) -> Prepared:
    """Raises ConfigRefused where the configuration does not fit the file's columns."""
    try:
        inspected = await inspect_source(facilities, source, config, record_type)
    except FileProblem as problem:
        return Prepared(config, (), "failed", failure=describe_failure(problem))
    async with facilities.pool.acquire() as connection:
        corrected = await _find_corrected(connection, inspected, record_type)
        if corrected is not None:
            config = inherit_options(config, corrected.options, corrected.import_id)
        suggestions = await suggest_fields(
            connection, record_type, inspected, dict(corrected.targets) if corrected else None
        )
    targets = choose_targets(
        inspected.columns,
        config.mapping,
        suggested=accepted_fields(suggestions),
        constants=config.constants,
    )
    shape = dump_shape(inspected)
    refuse_trailer(config, shape)
    return Prepared(config, targets, judge_mapping(record_type, targets, config), shape)


def judge_mapping(record_type: RecordType, targets: Targets, config: ImportConfig) -> OwnState:
    """Whether reading may begin; raises ConfigRefused for columns that do not exist."""
    find_cleared(record_type, targets, config.empty_cells)
    missing = find_missing(record_type, targets, config.constants)
    return "mapping" if missing else "reading"


def describe_failure(problem: FileProblem) -> dict[str, str]:
    return {"code": problem.code, "sentence": problem.sentence, "way_on": problem.way_on}


async def _find_corrected(
    connection: Connection, inspected: Inspected, record_type: RecordType
) -> Upload | None:
    """The import whose error file this is, if it is one of ours and of this type."""
    if not names_a_correction(inspected.columns) or not inspected.rows:
        return None
    import_id = read_corrected(inspected.columns, inspected.rows[0])
    if import_id is None:
        return None
    try:
        upload = await uploads.find_upload(connection, import_id)
    except ImportMissing:
        return None
    return upload if upload.record_type == record_type.name else None
