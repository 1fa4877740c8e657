"""Rows corrected before completion: new attempts, sent at once and said to the ledger."""

from collections.abc import Mapping, Sequence
from typing import Final

from contracts.envelope import READING_HEADER
from contracts.events.import_lifecycle import RowsCorrected
from contracts.topics import ROWS_RECEIVED
from services.chassis import outbox
from services.chassis.database import Connection
from services.chassis.outbox import OutboundMessage
from services.chassis.publishing import MessageTooLargeError
from services.files.formulas import restore_formula
from services.ingest.domain.attempts import FIRST_CORRECTION, overlay
from services.ingest.domain.configuration import find_record_type
from services.ingest.domain.problems import ConfigProblem, ConfigRefused
from services.ingest.domain.row_messages import RowEncoder
from services.ingest.domain.uploads import Upload
from services.ingest.handlers.announcing import announce
from services.ingest.handlers.encoding import layout_of, make_reading
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.raw_rows import read_raw_rows
from services.ingest.repository import attempts, uploads
from services.ingest.repository.attempts import Attempt

ATTEMPTS_PER_STEP: Final = 1_000
Changes = Mapping[int, Mapping[str, str]]


async def make_attempts(
    connection: Connection, facilities: Facilities, upload: Upload, changes: Changes, *, actor: str
) -> None:
    """Cells by row and column, over what was corrected before; the upload is locked."""
    last = await attempts.last_attempts(connection, upload.import_id, list(changes))
    new: list[Attempt] = []
    for row, cells in sorted(changes.items()):
        before = last.get(row)
        known = before.cells if before else {}
        again = before is not None and before.revision == upload.revision
        number = before.attempt + 1 if before and again else FIRST_CORRECTION
        new.append(Attempt(row, upload.revision, number, {**known, **cells}))
    await attempts.add_attempts(connection, upload.import_id, new, actor)
    await _send(connection, facilities, upload, new, actor=actor)


async def send_again(
    connection: Connection, facilities: Facilities, upload: Upload, rows: int
) -> None:
    """Corrections of earlier revisions count in the one that has been read, too: `rows` of it.

    Those of this revision are sent once more, which is harmless where they are known.
    """
    after = 0
    while found := await attempts.list_attempts(
        connection, upload.import_id, after, ATTEMPTS_PER_STEP
    ):
        after = found[-1].row
        renewed = [
            item
            if item.revision == upload.revision
            else item._replace(revision=upload.revision, attempt=FIRST_CORRECTION)
            for item in found
            if item.row <= rows
        ]
        if renewed:
            await attempts.add_attempts(connection, upload.import_id, renewed, upload.actor)
            await _send(connection, facilities, upload, renewed, actor=upload.actor)


async def _send(
    connection: Connection,
    facilities: Facilities,
    upload: Upload,
    new: Sequence[Attempt],
    *,
    actor: str,
) -> None:
    record_type = find_record_type(upload.record_type)
    currency = facilities.settings.ingest_default_currency
    header = make_reading(upload, record_type, currency).to_header()
    encoder = RowEncoder(layout_of(upload, record_type), restore_formula)
    raw = await read_raw_rows(facilities, upload, [item.row for item in new], connection)
    messages = [
        OutboundMessage(
            ROWS_RECEIVED.name,
            None,
            encoder.encode_attempt(
                item.row, item.attempt, overlay(upload.columns, raw[item.row], item.cells)
            ),
            ((READING_HEADER, header),),
        )
        for item in new
    ]
    try:
        await outbox.put(connection, messages)
    except MessageTooLargeError:
        sentence = "The row is larger than a row may be: shorten its cells."
        raise ConfigRefused([ConfigProblem("body.cells", "row_too_large", sentence)]) from None
    corrected = RowsCorrected(
        import_id=upload.import_id,
        revision=upload.revision,
        attempts=[(item.row, item.attempt) for item in new],
        config_version=await uploads.advance_config(connection, upload.import_id),
        actor=actor,
    )
    await announce(connection, corrected)
