"""Options and mapping are changed until completion: a change of the reading starts a revision."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.api.imports import (
    ControlOverride,
    ImportConfig,
    ImportOptions,
    ImportView,
    TableOverrides,
)
from contracts.events.import_lifecycle import OptionsChanged
from services.chassis.database import Connection, in_transaction
from services.files.problems import FileProblem
from services.ingest.domain.configuration import (
    changes_plan,
    changes_reading,
    find_record_type,
    overlay_options,
    refuse_trailer,
)
from services.ingest.domain.mappings import Targets, choose_targets, settle_targets
from services.ingest.domain.problems import StepRefused
from services.ingest.domain.states import check_may_change
from services.ingest.domain.uploads import Upload
from services.ingest.handlers.announcing import announce
from services.ingest.handlers.facilities import Facilities, source_name
from services.ingest.handlers.finding import find_import, view_import
from services.ingest.handlers.preparing import (
    Prepared,
    check_config,
    describe_failure,
    inspect_source,
    judge_mapping,
)
from services.ingest.handlers.suggesting import (
    accepted_fields,
    columns_key,
    normalise_column,
    suggest_fields,
)
from services.ingest.handlers.tables import Inspected, dump_shape
from services.ingest.repository import uploads
from services.ingest.repository.uploads import NewRevision


@dataclass(frozen=True, slots=True)
class Change:
    """What is set anew: the options that `options` sets itself.

    By hand (`PUT …/mapping`) the mapping names some columns and is remembered for files like this;
    otherwise it is the whole mapping, and null asks for the suggested one.
    """

    options: ImportOptions
    by_hand: bool = False
    override: ControlOverride | None = None

    @property
    def asks_suggestions(self) -> bool:
        return self.sets("mapping") and self.options.mapping is None

    def sets(self, name: str) -> bool:
        return name in self.options.model_fields_set


@dataclass(frozen=True, slots=True)
class Look:
    """Another look into the file, under the table's overrides `table`."""

    table: TableOverrides
    inspected: Inspected | None
    failure: dict[str, str] | None = None


async def change_import(
    facilities: Facilities, import_id: UUID, change: Change, actor: str
) -> ImportView:
    """Raises ImportMissing, ConfigRefused, and StepRefused once completion was asked for."""
    look = await _look_again(facilities, import_id, change)

    async def work(connection: Connection) -> ImportView:
        found = await find_import(connection, import_id, lock=True)
        check_may_change(found)
        config = overlay_options(found.upload.options, change.options)
        check_config(facilities, config)
        await _take(connection, _Step(found.upload, config, change, look, actor))
        return await view_import(connection, await find_import(connection, import_id))

    return await in_transaction(facilities.pool, work)


async def _look_again(facilities: Facilities, import_id: UUID, change: Change) -> Look | None:
    """Needed when the table's overrides change, or suggestions are asked for again."""
    async with facilities.pool.acquire() as connection:
        upload = await uploads.find_upload(connection, import_id)
    config = overlay_options(upload.options, change.options)
    record_type = check_config(facilities, config)
    same_table = config.table == upload.options.table and upload.table is not None
    if same_table and not change.asks_suggestions:
        return None
    try:
        source = source_name(import_id)
        inspected = await inspect_source(facilities, source, config, record_type)
    except FileProblem as problem:
        return Look(config.table, None, describe_failure(problem))
    return Look(config.table, inspected)


@dataclass(frozen=True, slots=True)
class _Step:
    """One change of a locked upload; `config` is what it shall be."""

    upload: Upload
    config: ImportConfig
    change: Change
    look: Look | None
    actor: str

    @property
    def table(self) -> TableOverrides:
        return self.look.table if self.look else self.upload.options.table


async def _take(connection: Connection, step: _Step) -> None:
    if step.table != step.config.table:
        raise StepRefused("changed_meanwhile", "Somebody else changed the import.", "Try again.")
    upload, override = step.upload, step.change.override
    prepared = await _prepare_again(connection, step)
    config = {**upload.config, **prepared.config.model_dump(mode="json")}
    if override is not None:
        config["control_override"] = {"reason": override.reason, "actor": step.actor}
    if prepared.targets != upload.targets or changes_reading(upload.options, prepared.config):
        await _begin_revision(connection, step, prepared, config)
    else:
        await uploads.set_config(connection, upload.import_id, config)
    if override is not None or changes_plan(upload.options, prepared.config):
        changed = OptionsChanged(
            import_id=upload.import_id,
            config=config,
            config_version=await uploads.advance_config(connection, upload.import_id),
            actor=step.actor,
        )
        await announce(connection, changed)
    if step.change.by_hand and step.change.sets("mapping"):
        await _remember(connection, upload.record_type, prepared.targets, step.actor)


async def _prepare_again(connection: Connection, step: _Step) -> Prepared:
    look, config, change = step.look, step.config, step.change
    if look is not None and look.inspected is None:
        return Prepared(config, (), "failed", failure=look.failure)
    record_type = find_record_type(config.record_type)
    if look is None or look.inspected is None:
        base, shape = step.upload.targets, step.upload.table
    else:
        suggestions = await suggest_fields(connection, record_type, look.inspected)
        base = _choose_base(step, look.inspected, accepted_fields(suggestions))
        shape = dump_shape(look.inspected)
    if shape is not None:
        refuse_trailer(config, shape)
    targets = _set_targets(base, step)
    if change.options.mapping is not None:
        config = config.model_copy(update={"mapping": dict(targets)})
    return Prepared(config, targets, judge_mapping(record_type, targets, config), shape)


def _choose_base(step: _Step, inspected: Inspected, suggested: dict[str, str | None]) -> Targets:
    """The same columns keep their fields; where the file now has others it is mapped anew."""
    same_columns = inspected.columns == tuple(column for column, _ in step.upload.targets)
    if same_columns and not step.change.asks_suggestions:
        return step.upload.targets
    return choose_targets(
        inspected.columns, None, suggested=suggested, constants=step.config.constants
    )


def _set_targets(base: Targets, step: _Step) -> Targets:
    asked = step.change.options.mapping
    if asked is not None and not step.change.by_hand:
        base = tuple((column, None) for column, _ in base)
    return settle_targets(base, asked or {}, step.config.constants)


async def _begin_revision(
    connection: Connection, step: _Step, prepared: Prepared, config: dict[str, Any]
) -> None:
    revision = NewRevision(
        revision=step.upload.revision + 1,
        state=prepared.state,
        actor=step.actor,
        config=config,
        targets=prepared.targets,
        shape=prepared.shape,
        failure=prepared.failure,
    )
    await uploads.begin_revision(connection, step.upload.import_id, revision)


async def _remember(connection: Connection, record_type: str, targets: Targets, actor: str) -> None:
    """For the next file whose columns are called like this."""
    key = columns_key([column for column, _ in targets])
    saved = {normalise_column(column): field for column, field in targets}
    await uploads.save_mapping(connection, record_type, key, targets=saved, actor=actor)
