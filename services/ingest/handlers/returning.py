"""An error file that comes back before its import is completed: its rows become attempts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from services.chassis.database import Connection
from services.files.archives import open_plain
from services.files.formulas import restore_formula
from services.ingest.domain.attempts import name_cells, name_columns
from services.ingest.domain.corrections import (
    CORRECTION_COLUMNS,
    IMPORT_COLUMN,
    ROW_COLUMN,
    names_a_correction,
)
from services.ingest.domain.decisions import nothing_to_correct
from services.ingest.domain.problems import ConfigProblem, ConfigRefused
from services.ingest.domain.states import state_of
from services.ingest.domain.uploads import Import, Upload
from services.ingest.handlers.attempting import make_attempts
from services.ingest.handlers.facilities import Facilities, source_name
from services.ingest.handlers.raw_rows import RawRows, read_corrected_rows
from services.ingest.handlers.reading import ahead
from services.ingest.handlers.tables import load_shape, read_blocks
from services.ingest.repository import decisions


@dataclass(frozen=True, slots=True)
class Returned:
    """A stored file, and its shape as it is kept."""

    source: UUID
    shape: Mapping[str, Any]

    @property
    def columns(self) -> tuple[str, ...]:
        return load_shape(dict(self.shape)).headers

    @property
    def names_rows(self) -> bool:
        return names_a_correction(self.columns)


class ReturnedRow(NamedTuple):
    """A line of the file by what it names; `cells` are by the corrected import's columns."""

    line: int
    import_id: str
    row: str
    cells: dict[str, str]


def is_open_for(found: Import) -> bool:
    """Whether rows of the import can still have new attempts."""
    return state_of(found) == "ready" and found.plan is not None


async def take_back(
    connection: Connection,
    facilities: Facilities,
    returned: Returned,
    found: Import,
    *,
    actor: str,
) -> None:
    """Cells that differ become attempts, in the transaction that has locked the import.

    Raises ConfigRefused for rows that are not the import's, StepRefused where nothing differs.
    """
    if not returned.names_rows:
        sentence = f"The file names no rows to correct: it lacks the column {ROW_COLUMN}."
        raise ConfigRefused([ConfigProblem("file", "no_correction", sentence)])
    upload, done = found.upload, 0
    async for block in ahead(lambda: _read(facilities, returned, upload)):
        wanted = {_number(item, upload): item for item in block}
        known = await decisions.find_known(connection, upload.import_id, list(wanted))
        for number in sorted(wanted.keys() - known):
            raise _foreign(wanted[number], upload)
        raw, _ = await read_corrected_rows(facilities, upload, list(wanted), connection)
        changes = {
            number: cells
            for number, item in wanted.items()
            if (cells := _differing(upload, item, raw, number))
        }
        if changes:
            await make_attempts(connection, facilities, upload, changes, actor=actor)
        done += len(changes)
    if not done:
        raise nothing_to_correct()


def _read(
    facilities: Facilities, returned: Returned, upload: Upload
) -> Iterator[list[ReturnedRow]]:
    """Block by block; it blocks, and runs in a thread."""
    headers = returned.columns
    own = [name for name in headers if name not in CORRECTION_COLUMNS]
    with facilities.store.open_file(source_name(returned.source)) as stream:
        blocks = read_blocks(
            open_plain(stream, facilities.archive_limits),
            load_shape(dict(returned.shape)),
            limits=facilities.limits,
        )
        for block in blocks:
            rows: list[ReturnedRow] = []
            for index, cells in enumerate(block.rows):
                odd = block.found.get(index)
                whole = odd.cells if odd is not None and odd.code == "ragged_long" else cells
                named = dict(zip(headers, whole, strict=False))
                laid = {name: named.get(name, "") for name in own}
                beyond = whole[len(headers) :]
                extra = name_columns(upload.columns, len(upload.columns) + len(beyond))
                laid |= dict(zip(extra[len(upload.columns) :], beyond, strict=True))
                identity = named.get(IMPORT_COLUMN, "").strip(), named.get(ROW_COLUMN, "").strip()
                rows.append(ReturnedRow(block.first_row + index, *identity, laid))
            yield rows


def _number(item: ReturnedRow, upload: Upload) -> int:
    """The row's number in the import that it corrects; raises ConfigRefused."""
    same_import = item.import_id.lower() in ("", str(upload.import_id))
    if not (same_import and item.row.isascii() and item.row.isdecimal() and len(item.row) < 10):
        raise _foreign(item, upload)
    return int(item.row)


def _foreign(item: ReturnedRow, upload: Upload) -> ConfigRefused:
    sentence = (
        f"Line {item.line} of the file names row {item.row or '(none)'} of import "
        f"{item.import_id or '(none)'}; that is no row of import {upload.import_id}."
    )
    return ConfigRefused([ConfigProblem(f"file.{item.line}", "foreign_row", sentence)])


def _differing(upload: Upload, item: ReturnedRow, raw: RawRows, number: int) -> dict[str, str]:
    """The cells that say something else than the row does now; those beyond that are gone, too."""
    if number not in raw:
        return {}
    stood = name_cells(upload.columns, raw[number].cells)
    gone = {name: "" for name in stood if name not in upload.columns and name not in item.cells}
    said = {name: cell for name, cell in (item.cells | gone).items() if name in stood}
    return {
        name: cell
        for name, cell in said.items()
        if restore_formula(cell) != restore_formula(stood[name])
    }
