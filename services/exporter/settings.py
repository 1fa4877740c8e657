"""The variables that the exporter reads."""

from pydantic import SecretStr

from services.chassis.settings import KafkaSettings, ObjectStoreSettings, Settings, own_s3_key


class ExporterDatabaseSettings(Settings):
    exporter_postgres_dsn: SecretStr


class ExporterStoreSettings(ObjectStoreSettings):
    s3_access_key: SecretStr = own_s3_key("exporter", "access")
    s3_secret_key: SecretStr = own_s3_key("exporter", "secret")


class ExporterApiSettings(ExporterDatabaseSettings, ExporterStoreSettings):
    """`exporter_open_limit`: exports that one actor may have under way."""

    exporter_open_limit: int = 20


class ExporterSettings(ExporterDatabaseSettings, ExporterStoreSettings, KafkaSettings):
    """`exporter_books_dsn`: a replica to read the books from, where there is one.
    `exporter_kept_days`: how long a file can be downloaded. Times in seconds.
    """

    exporter_books_dsn: SecretStr | None = None
    exporter_kept_days: int = 7
    exporter_parallel: int = 2
    exporter_attempts: int = 8
    exporter_lease_seconds: float = 10.0
    exporter_poll_seconds: float = 0.2
    exporter_statement_seconds: float = 3600.0
