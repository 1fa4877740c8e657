"""Uploads whose rows are missing in the books without any progress are read again.

Sending is repeated, never its effect: rows and steps that are known change nothing.
"""

from datetime import timedelta

import asyncpg

from services.chassis.logs import get_logger
from services.ingest.measures import REDRIVEN
from services.ingest.repository import decisions, ledger_views


async def redrive_uploads(pool: asyncpg.Pool, patience: timedelta) -> int:
    """How many now wait to be read again; none while the ledger's views are not there."""
    try:
        found = await decisions.redrive(pool, patience)
    except ledger_views.NOT_THERE:
        return 0
    for import_id in found:
        get_logger(__name__).warning("upload_redriven", import_id=str(import_id))
        REDRIVEN.inc()
    return len(found)
