"""The variables that the exporter reads."""

from pydantic import SecretStr

from services.chassis.settings import KafkaSettings, ObjectStoreSettings, Settings


class ExporterDatabaseSettings(Settings):
    exporter_postgres_dsn: SecretStr


class ExporterApiSettings(ExporterDatabaseSettings, ObjectStoreSettings):
    """`exporter_open_limit`: exports that one actor may have under way."""

    exporter_open_limit: int = 20


class ExporterSettings(ExporterDatabaseSettings, ObjectStoreSettings, KafkaSettings):
    """`exporter_kept_days`: how long a file can be downloaded."""

    exporter_kept_days: int = 7
    exporter_parallel: int = 2
