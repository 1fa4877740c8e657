"""Imports, their revisions and staged rows."""

from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from services.chassis.database import Connection
from services.ledger.domain.judged import COLUMNS, StagedRows
from services.ledger.statements import Statements, execute, fetch, fetch_row, fetch_value

QUERIES = Statements(Path(__file__).with_name("queries.sql"))


class ImportRecord(NamedTuple):
    """An import as the ledger knows it; `record_type` is None until it has been opened."""

    import_no: int
    import_id: UUID
    kind: str
    record_type: str | None
    state: str
    config: dict[str, Any]
    config_version: int
    file_sha256: str | None
    plan_no: int | None
    corrects: UUID | None


class Revision(NamedTuple):
    revision: int
    staged: int
    expected: int | None
    default_currency: str | None
    trailer: dict[str, Any] | None


class Opening(NamedTuple):
    """What `opened` says of an import."""

    import_id: UUID
    record_type: str
    config: dict[str, Any]
    file_sha256: str
    actor: str
    corrects: UUID | None
    opened_at: datetime


async def find_import(connection: Connection, import_id: UUID) -> ImportRecord | None:
    found = await fetch_row(connection, QUERIES["find_import"], {"import_id": import_id})
    return ImportRecord(*found) if found else None


async def ensure_import(connection: Connection, import_id: UUID) -> ImportRecord:
    """The import, made known by its id alone where it is not: its rows may come first."""
    found = await find_import(connection, import_id)
    if found is None:
        await execute(connection, QUERIES["ensure_import"], {"import_id": import_id})
        found = await find_import(connection, import_id)
    assert found is not None
    return found


async def lock_import(connection: Connection, import_no: int) -> ImportRecord:
    found = await fetch_row(connection, QUERIES["lock_import"], {"import_no": import_no})
    assert found is not None
    return ImportRecord(*found)


async def open_import(connection: Connection, opening: Opening) -> None:
    values = opening._asdict() | {"config": opening.config}
    await execute(connection, QUERIES["open_import"], values)


async def ensure_revision(connection: Connection, import_no: int, revision: int) -> None:
    await execute(
        connection, QUERIES["ensure_revision"], {"import_no": import_no, "revision": revision}
    )


async def note_revision_read(
    connection: Connection,
    import_no: int,
    revision: int,
    *,
    expected: int,
    default_currency: str,
    trailer: dict[str, Any] | None,
) -> None:
    values = {
        "import_no": import_no,
        "revision": revision,
        "expected": expected,
        "default_currency": default_currency,
        "trailer": trailer,
    }
    await execute(connection, QUERIES["note_revision_read"], values)
    await execute(connection, QUERIES["reopen_for_revision"], values)


async def note_validator(
    connection: Connection, import_no: int, revision: int, validator: str
) -> None:
    """By which version of the rules rows of the revision were judged; said once per version."""
    values = {"import_no": import_no, "revision": revision, "validator": validator}
    await execute(connection, QUERIES["note_validator"], values)


async def change_options(
    connection: Connection, import_id: UUID, config: dict[str, Any], config_version: int
) -> None:
    changed = {"import_id": import_id, "config": config, "config_version": config_version}
    await execute(connection, QUERIES["change_options"], changed)


async def cancel_import(connection: Connection, import_id: UUID) -> None:
    await execute(connection, QUERIES["cancel_import"], {"import_id": import_id})


async def stage_rows(connection: Connection, rows: StagedRows) -> None:
    """Stage rows, and add the first attempts that are new to their revisions.

    Straight into the table; only where a row is there already, by way of `incoming`, which takes
    what is new and leaves out what was delivered before.
    """
    try:
        async with connection.transaction():
            await _copy(connection, "import_rows", rows)
            counted = rows.first_attempts
    except asyncpg.UniqueViolationError:
        await execute(connection, QUERIES["create_incoming"], {})
        await _copy(connection, "incoming", rows)
        found = await fetch(connection, QUERIES["stage_incoming"], {})
        counted = {(row["import_no"], row["revision"]): row["staged"] for row in found}
    for (import_no, revision), staged in sorted(counted.items()):
        values = {"import_no": import_no, "revision": revision, "staged": staged}
        await execute(connection, QUERIES["add_staged"], values)


async def _copy(connection: Connection, table: str, rows: StagedRows) -> None:
    source = BytesIO(b"".join(rows.lines))
    await connection.copy_to_table(table, source=source, columns=list(COLUMNS), format="text")


async def is_corrected(connection: Connection, import_no: int, revision: int) -> bool:
    """Whether some row of the revision has a later attempt, so that the last one counts."""
    values = {"import_no": import_no, "revision": revision}
    return await fetch_value(connection, QUERIES["is_corrected"], values)


async def find_unplanned(connection: Connection) -> int | None:
    return await fetch_value(connection, QUERIES["find_unplanned"], {})


async def newest_revision(connection: Connection, import_no: int) -> Revision:
    found = await fetch_row(connection, QUERIES["newest_revision"], {"import_no": import_no})
    assert found is not None
    return Revision(*found)


async def make_ready(connection: Connection, import_no: int, plan_no: int) -> None:
    await execute(connection, QUERIES["make_ready"], {"import_no": import_no, "plan_no": plan_no})


async def begin_completion(connection: Connection, import_no: int, actor: str) -> None:
    await execute(connection, QUERIES["begin_completion"], {"import_no": import_no, "actor": actor})


async def remark_import(connection: Connection, import_no: int, remark: str) -> None:
    await execute(connection, QUERIES["remark_import"], {"import_no": import_no, "remark": remark})


async def complete_import(connection: Connection, import_no: int, summary: dict[str, Any]) -> None:
    await execute(
        connection, QUERIES["complete_import"], {"import_no": import_no, "summary": summary}
    )


async def settle_import(connection: Connection, import_no: int, summary: dict[str, Any]) -> None:
    """Note the sums as they are now, after a parked or held row has settled."""
    values = {"import_no": import_no, "summary": summary}
    await execute(connection, QUERIES["settle_import"], values)


async def find_completing(connection: Connection) -> list[int]:
    return [row["import_no"] for row in await fetch(connection, QUERIES["find_completing"], {})]


async def try_lock_import(connection: Connection, import_no: int) -> bool:
    """Take the session's lock on applying this import; false while another process has it."""
    return await fetch_value(connection, QUERIES["try_lock_import"], {"import_no": import_no})


async def unlock_import(connection: Connection, import_no: int) -> None:
    await execute(connection, QUERIES["unlock_import"], {"import_no": import_no})
