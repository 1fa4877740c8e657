"""A stored file as encoded messages, block by block. All of it blocks: it runs in a thread."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from contracts.envelope import Reading
from contracts.record_type import RecordType
from services.files.archives import open_plain
from services.files.blocks import Block
from services.files.formulas import restore_formula
from services.ingest.domain.configuration import find_record_type, resolve_formats
from services.ingest.domain.mappings import RowLayout, find_cleared, lay_out
from services.ingest.domain.row_messages import RowEncoder
from services.ingest.domain.uploads import Upload
from services.ingest.handlers.facilities import Facilities, source_name
from services.ingest.handlers.tables import load_shape, read_blocks
from services.ingest.handlers.trailers import TrailerRow
from services.ingest.repository.readings import Place


@dataclass(frozen=True, slots=True)
class EncodedBlock:
    """Consecutive rows as messages; `place` is where they start in the plain file.

    The last one has what a trailer row says, in the shape of contracts.api.imports.Expected.
    """

    place: Place
    values: list[bytes]
    trailer: dict[str, Any] | None = None

    @property
    def last_row(self) -> int:
        return self.place.row + len(self.values) - 1


def make_reading(upload: Upload, record_type: RecordType, default_currency: str) -> Reading:
    """What all rows of the revision share."""
    options = upload.options
    return Reading(
        import_id=upload.import_id,
        revision=upload.revision,
        record_type=upload.record_type,
        fields=layout_of(upload, record_type).fields,
        formats=resolve_formats(options.formats, default_currency),
        clear=find_cleared(record_type, upload.targets, options.empty_cells),
    )


def layout_of(upload: Upload, record_type: RecordType) -> RowLayout:
    return lay_out(
        record_type,
        upload.targets,
        upload.options.constants,
        corrects=upload.corrects is not None,
    )


def encode_source(facilities: Facilities, upload: Upload) -> Iterator[EncodedBlock]:
    """Every row of the current revision, in order; raises FileProblem."""
    trailer = _find_trailer(facilities, upload)
    if trailer is None:
        yield from _encode_rows(facilities, upload, None)
        return
    yield from _encode_rows(facilities, upload, trailer)
    totals = trailer.totals(demanded=upload.options.first_rows is None)
    if totals is not None:
        yield EncodedBlock(trailer.place, [], totals)


def _find_trailer(facilities: Facilities, upload: Upload) -> TrailerRow | None:
    asked = upload.options.trailer
    if asked is None:
        return None
    formats = resolve_formats(upload.options.formats, facilities.settings.ingest_default_currency)
    return TrailerRow(asked, formats)


def _encode_rows(
    facilities: Facilities, upload: Upload, trailer: TrailerRow | None
) -> Iterator[EncodedBlock]:
    layout = layout_of(upload, find_record_type(upload.record_type))
    encoder = RowEncoder(layout, restore_formula)
    last_row = upload.options.first_rows
    assert upload.table is not None, "a file without a shape is never read"
    with facilities.store.open_file(source_name(upload.import_id)) as stream:
        blocks = read_blocks(
            open_plain(stream, facilities.archive_limits),
            load_shape(upload.table),
            limits=facilities.limits,
            money_columns=layout.money_columns,
        )
        for whole in blocks:
            block = whole if trailer is None else trailer.take_from(whole)
            taken = block if last_row is None else _cut(block, last_row)
            if taken.rows:
                values = encoder.encode(taken.first_row, taken.rows, taken.found)
                yield EncodedBlock(Place(*_start(taken)), values)
            if last_row is not None and block.end.row > last_row:
                return


def _start(block: Block) -> tuple[int, int, int]:
    position = block.position
    return position.row, position.byte, position.line


def _cut(block: Block, last_row: int) -> Block:
    kept = max(0, last_row - block.first_row + 1)
    if kept >= len(block.rows):
        return block
    found = {index: odd for index, odd in block.found.items() if index < kept}
    return replace(block, rows=block.rows[:kept], found=found)
