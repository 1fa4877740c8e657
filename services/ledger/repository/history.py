"""Reading what became of one record, through the published views."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg

from services.ledger.statements import Statements, fetch

QUERIES = Statements(Path(__file__).with_name("history.sql"))
# What tells of the change itself, and not of what was changed.
_BOOKKEEPING = ("version", "updated_at")


async def list_changes(
    pool: asyncpg.Pool, record_type: str, record_id: int
) -> list[dict[str, Any]]:
    """The newest thousand changes, the creation among them; `changed` names what differs."""
    values = {"record_type": record_type, "record_id": record_id}
    async with pool.acquire() as connection:
        rows = await fetch(connection, QUERIES["list_changes"], values)
    return [{**row, "changed": _list_changed(row["before"], row["after"])} for row in rows]


async def list_postings(
    pool: asyncpg.Pool, record_type: str, record_id: int
) -> list[dict[str, Any]]:
    """The newest thousand postings of an account, or those of a transaction.

    A counter-posting says in `reverses` which entry it takes back.
    """
    name = "list_account_postings" if record_type == "accounts" else "list_record_postings"
    async with pool.acquire() as connection:
        rows = await fetch(connection, QUERIES[name], {"record_id": record_id})
    return [_with_reversed(dict(row)) for row in rows]


def _list_changed(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[str]:
    known = before or {}
    return [
        name
        for name, value in after.items()
        if name not in _BOOKKEEPING and known.get(name) != value
    ]


def _with_reversed(posting: dict[str, Any]) -> dict[str, Any]:
    entry = posting.pop("reverses_entry")
    place = {"import_id": str(posting["import_id"]), "row": posting["row"], "entry": entry}
    return {**posting, "reverses": None if entry is None else place}
