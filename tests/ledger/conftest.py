"""A ledger in a fresh database, driven by the handlers that its consumers and jobs call."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from contracts.events.import_lifecycle import (
    AnyStep,
    CompletionRequested,
    ImportOpened,
    RevertRequested,
    RevisionRead,
    RowsDismissed,
    RowsReleased,
    SourceFile,
)
from contracts.events.records_judged import RecordJudged
from contracts.records import record_types
from services.chassis.clock import uuid7
from services.chassis.database import open_pool
from services.ledger.app.schema import lay_schema
from services.ledger.handlers.applying import apply_next
from services.ledger.handlers.feeding import settle_batch
from services.ledger.handlers.lifecycle import follow
from services.ledger.handlers.planning import plan_next
from services.ledger.handlers.reverting import revert_next
from services.ledger.handlers.staging import JudgedRow, stage_batch

Cells = dict[str, str | None]
ROLES = Path(__file__).with_name("roles.sql")


@dataclass
class Books:
    """What a test does with a ledger; rows are given by field name and accepted unless None."""

    pool: asyncpg.Pool

    async def open(
        self,
        record_type: str,
        *,
        config: dict[str, Any] | None = None,
        sha256: str = "none",
        import_id: UUID | None = None,
        corrects: UUID | None = None,
    ) -> UUID:
        import_id = import_id or uuid7()
        await follow(
            self.pool,
            ImportOpened(
                import_id=import_id,
                record_type=record_type,
                config=config or {},
                file=SourceFile(bytes=1, sha256=sha256),
                actor="tester",
                corrects=corrects,
                opened_at="2026-01-02T03:04:05+00:00",
            ),
        )
        return import_id

    async def stage(
        self, import_id: UUID, record_type: str, rows: Sequence[Cells | None], *, revision: int = 1
    ) -> None:
        judged = [
            JudgedRow(import_id, revision, judge(record_type, number, cells))
            for number, cells in enumerate(rows, 1)
        ]
        await stage_batch(self.pool, judged)

    async def read(self, import_id: UUID, rows: int, *, revision: int = 1) -> None:
        await follow(
            self.pool,
            RevisionRead(import_id=import_id, revision=revision, rows=rows, default_currency="USD"),
        )

    async def review(
        self,
        record_type: str,
        rows: Sequence[Cells | None],
        *,
        config: dict[str, Any] | None = None,
        sha256: str = "none",
        corrects: UUID | None = None,
    ) -> UUID:
        """Stage a whole file and plan it."""
        import_id = await self.open(record_type, config=config, sha256=sha256, corrects=corrects)
        await self.stage(import_id, record_type, rows)
        await self.read(import_id, len(rows))
        while await plan_next(self.pool):
            pass
        return import_id

    async def complete(self, import_id: UUID) -> None:
        await self.ask_to_complete(import_id)
        await self.apply()

    async def ask_to_complete(self, import_id: UUID) -> None:
        plan_id = await self.value(
            "select plan_id from ledger_v1.imports where import_id = $1", import_id
        )
        await follow(
            self.pool, CompletionRequested(import_id=import_id, plan_id=plan_id, actor="tester")
        )

    async def apply(self) -> None:
        while await apply_next(self.pool, parallel=2):
            pass

    async def book(self, record_type: str, rows: Sequence[Cells | None], **options: Any) -> UUID:
        """Review and complete at once."""
        import_id = await self.review(record_type, rows, **options)
        await self.complete(import_id)
        return import_id

    async def follow(self, event: AnyStep) -> None:
        await follow(self.pool, event)

    async def revert(self, import_id: UUID) -> None:
        await self.follow(RevertRequested(import_id=import_id, actor="tester"))
        while await revert_next(self.pool, parallel=2):
            pass

    async def release(self, import_id: UUID, *rows: int) -> None:
        await self.follow(RowsReleased(import_id=import_id, rows=list(rows), actor="tester"))

    async def dismiss(self, import_id: UUID, *rows: int) -> None:
        await self.follow(RowsDismissed(import_id=import_id, rows=list(rows), actor="tester"))

    async def submit(self, *records: RecordJudged) -> None:
        await settle_batch(self.pool, records)

    async def actions(self, import_id: UUID) -> list[tuple[str, str | None]]:
        """What is planned, or has become, of each row, with its reason."""
        rows = await self.rows(
            "select action, reason from ledger_v1.import_rows where import_id = $1 order by row",
            import_id,
        )
        return [(row["action"], row["reason"]) for row in rows]

    async def balance(self, account_number: str) -> int | None:
        return await self.value(
            "select balance from ledger_v1.accounts where account_number = $1 and state = 'active'",
            account_number,
        )

    async def rows(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        async with self.pool.acquire() as connection:
            return await connection.fetch(sql, *arguments)

    async def value(self, sql: str, *arguments: Any) -> Any:
        async with self.pool.acquire() as connection:
            return await connection.fetchval(sql, *arguments)

    async def assert_sound(self) -> None:
        """Every balance is the sum of its postings, every applied row has exactly its posting."""
        wrong = await self.rows(
            "select b.account_id from balances b left join lateral (select sum(p.minor) as total "
            "from postings p where p.account_id = b.account_id) s on true "
            "where s.total is distinct from b.minor"
        )
        assert wrong == []
        orphans = await self.value(
            "select count(*) from postings p where not exists "
            "(select from accounts a where a.id = p.account_id)"
        )
        assert orphans == 0


def judge(record_type: str, number: int, cells: Cells | None) -> list[Any]:
    """A verdict as the validator writes it."""
    names = record_types()[record_type].field_names
    if cells is None:
        remark = ["Balance", "not_a_number", "This is not an amount.", "x"]
        return ["rejected", number, 1, [None] * len(names), None, None, [remark], ["x"]]
    values = [cells.get(name) for name in names]
    custom = {name: value for name, value in cells.items() if name not in names} or None
    return ["accepted", number, 1, values, custom, None]


async def lay_books(database: str) -> None:
    """A ledger's schemas in an empty database."""
    connection = await asyncpg.connect(database)
    await connection.execute(ROLES.read_text())
    await connection.close()
    await lay_schema(database)


@pytest.fixture
async def books(database: str) -> AsyncIterator[Books]:
    await lay_books(database)
    pool = await open_pool(database, application_name="test", search_path="ledger")
    try:
        yield Books(pool)
    finally:
        await pool.close()
