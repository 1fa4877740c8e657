"""The exporter's schema."""

from collections.abc import Sequence
from pathlib import Path

from services.chassis.migrations import CHASSIS_MIGRATIONS, migrate
from services.exporter.settings import ExporterDatabaseSettings

SCHEMA = "exporter"


async def migrate_schema() -> Sequence[str]:
    settings = ExporterDatabaseSettings()  # pyright: ignore[reportCallIssue]
    folders = [CHASSIS_MIGRATIONS, Path(__file__).parent.parent / "migrations"]
    dsn = settings.exporter_postgres_dsn.get_secret_value()
    return await migrate(dsn, schema=SCHEMA, folders=folders)
