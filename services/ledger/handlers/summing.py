"""The sums of an import as they are now, noted whenever one of its rows has settled otherwise."""

from services.chassis.database import Connection
from services.ledger.domain.summary import summarise
from services.ledger.repository import imports, plans
from services.ledger.repository.imports import ImportRecord


async def note_sums(connection: Connection, found: ImportRecord) -> None:
    """A feed's sums are made when they are asked for."""
    if found.kind == "file" and found.plan_no is not None:
        sums = summarise(await plans.summarise_import(connection, found.import_no, found.plan_no))
        await imports.settle_import(connection, found.import_no, sums.as_json())


async def note_corrected_sums(connection: Connection, found: ImportRecord) -> None:
    """Of the import that this one corrects: rows of it that waited may wait no more."""
    if found.corrects is None:
        return
    known = await imports.find_import(connection, found.corrects)
    if known is not None:
        corrected = await imports.lock_import(connection, known.import_no)
        if corrected.state == "completed":
            await note_sums(connection, corrected)
