"""Rows as they stood in the source, found again by where their blocks start.

The bytes are kept once, in the object store, and nowhere else.
"""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import AsyncExitStack

from services.chassis.database import Connection
from services.files.archives import open_plain
from services.files.blocks import Block, Position
from services.ingest.domain.attempts import RawRow, overlay
from services.ingest.domain.configuration import find_record_type
from services.ingest.domain.uploads import Upload
from services.ingest.handlers.encoding import layout_of
from services.ingest.handlers.facilities import Facilities, source_name
from services.ingest.handlers.tables import load_shape, read_blocks
from services.ingest.repository import attempts, readings
from services.ingest.repository.attempts import Attempt
from services.ingest.repository.readings import Place

RawRows = dict[int, RawRow]


async def read_raw_rows(
    facilities: Facilities,
    upload: Upload,
    numbers: Collection[int],
    connection: "Connection | None" = None,
) -> RawRows:
    """These rows as they stand in the source, by number; with the connection of a transaction
    under way, as its places may not be seen by others yet.
    """
    if not numbers or upload.table is None:
        return {}
    wanted = sorted(numbers)
    async with AsyncExitStack() as resources:
        if connection is None:
            connection = await resources.enter_async_context(facilities.pool.acquire())
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


def _original(block: Block, index: int) -> RawRow:
    odd = block.found.get(index)
    if odd is None:
        return RawRow(block.rows[index])
    cells = odd.cells if odd.code == "ragged_long" else block.rows[index]
    return RawRow(cells, (odd.code, odd.sentence))


async def read_corrected_rows(
    facilities: Facilities,
    upload: Upload,
    numbers: Collection[int],
    connection: "Connection | None" = None,
) -> tuple[RawRows, dict[int, Attempt]]:
    """These rows with their cells as they were last corrected, and the corrections."""
    rows = await read_raw_rows(facilities, upload, numbers, connection)
    async with AsyncExitStack() as resources:
        if connection is None:
            connection = await resources.enter_async_context(facilities.pool.acquire())
        made = await attempts.last_attempts(connection, upload.import_id, list(numbers))
    for number in made.keys() & rows.keys():
        rows[number] = overlay(upload.columns, rows[number], made[number].cells)
    return rows, made
