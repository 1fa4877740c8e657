"""Ingest's schema."""

from collections.abc import Sequence
from pathlib import Path

from services.chassis.migrations import CHASSIS_MIGRATIONS, migrate
from services.ingest.settings import IngestDatabaseSettings

SCHEMA = "ingest"
MIGRATIONS = Path(__file__).parent.parent / "migrations"


async def migrate_schema() -> Sequence[str]:
    """Bring the schema up to date; returns what was applied."""
    settings = IngestDatabaseSettings()  # pyright: ignore[reportCallIssue]
    return await lay_schema(settings.ingest_postgres_dsn.get_secret_value())


async def lay_schema(dsn: str) -> Sequence[str]:
    return await migrate(dsn, schema=SCHEMA, folders=[CHASSIS_MIGRATIONS, MIGRATIONS])
