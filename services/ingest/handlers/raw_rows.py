"""Rows as they stood in the source, found again by where their blocks start.

The bytes are kept once, in the object store, and nowhere else.
"""

import asyncio
from collections.abc import Collection, Iterator, Sequence

from services.files.archives import open_plain
from services.files.blocks import Block, Position
from services.ingest.domain.configuration import find_record_type
from services.ingest.domain.uploads import Upload
from services.ingest.handlers.encoding import layout_of
from services.ingest.handlers.facilities import Facilities, source_name
from services.ingest.handlers.tables import load_shape, read_blocks
from services.ingest.repository import readings
from services.ingest.repository.readings import Place

RawRows = dict[int, list[str]]


async def read_raw_rows(
    facilities: Facilities, upload: Upload, numbers: Collection[int]
) -> RawRows:
    """The cells of these rows, by number; a row with too many cells has all of them."""
    if not numbers or upload.table is None:
        return {}
    wanted = sorted(numbers)
    async with facilities.pool.acquire() as connection:
        places = await readings.find_places(connection, upload.import_id, upload.revision, wanted)
    return await asyncio.to_thread(_read, facilities, upload, places, frozenset(wanted))


def _read(
    facilities: Facilities, upload: Upload, places: Sequence[Place], wanted: frozenset[int]
) -> RawRows:
    found: RawRows = {}
    for block in _blocks(facilities, upload, places):
        for number in wanted & set(range(block.first_row, block.first_row + len(block.rows))):
            found[number] = _original(block, number - block.first_row)
        if len(found) == len(wanted):
            break
    return found


def _blocks(facilities: Facilities, upload: Upload, places: Sequence[Place]) -> Iterator[Block]:
    """The blocks that start at these places; of an archive, which cannot be entered anywhere, all
    from the first on."""
    assert upload.table is not None, "a file without a shape has no rows"
    shape = load_shape(upload.table)
    layout = layout_of(upload, find_record_type(upload.record_type))
    packed = upload.table["container"] != "none"
    with facilities.store.open_file(source_name(upload.import_id)) as stream:
        for place in places:
            stream.seek(0)
            blocks = read_blocks(
                open_plain(stream, facilities.archive_limits) if packed else stream,
                shape,
                limits=facilities.limits,
                money_columns=layout.money_columns,
                start=Position(*place),
            )
            if packed:
                yield from blocks
                return
            yield from _first(blocks)


def _first(blocks: Iterator[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        return


def _original(block: Block, index: int) -> list[str]:
    odd = block.found.get(index)
    return odd.cells if odd is not None and odd.code == "ragged_long" else block.rows[index]


def name_cells(columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """Cells by column; those beyond the last column are called by their place."""
    beyond = [f"Column {place}" for place in range(len(columns) + 1, len(cells) + 1)]
    return dict(zip([*columns, *beyond], cells, strict=False))
