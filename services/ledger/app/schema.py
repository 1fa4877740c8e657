"""The ledger's schema and the views that it publishes."""

from collections.abc import Sequence
from pathlib import Path

from services.chassis.migrations import CHASSIS_MIGRATIONS, lay_views, migrate
from services.ledger.books import books, shared_views
from services.ledger.settings import LedgerDatabaseSettings

SCHEMA = "ledger"


async def migrate_schema() -> Sequence[str]:
    """Bring the ledger's schema up to date; returns what was applied."""
    settings = LedgerDatabaseSettings()  # pyright: ignore[reportCallIssue]
    return await lay_schema(settings.ledger_postgres_dsn.get_secret_value())


async def lay_schema(dsn: str) -> Sequence[str]:
    """Apply the migrations that are missing, and lay the published views anew."""
    folders = [
        CHASSIS_MIGRATIONS,
        Path(__file__).parent.parent / "migrations",
        *(book.migrations for book in books().values()),
    ]
    applied = await migrate(dsn, schema=SCHEMA, folders=folders)
    views = [*(book.view for book in books().values()), shared_views()]
    await lay_views(dsn, schema=SCHEMA, files=views)
    return applied
