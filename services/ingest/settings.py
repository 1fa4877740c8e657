"""The variables that ingest reads, and the limits that it publishes."""

from pydantic import SecretStr

from services.chassis.settings import KafkaSettings, ObjectStoreSettings, Settings, own_s3_key

MIB = 1024 * 1024


class IngestDatabaseSettings(Settings):
    """What migrations need."""

    ingest_postgres_dsn: SecretStr


class IngestSettings(IngestDatabaseSettings, ObjectStoreSettings):
    """What endpoints and the reader share: limits of files, and the agency's currency.

    Bytes, rows and columns are of the plain (unpacked) file; `upload_bytes` of what is sent.
    """

    s3_access_key: SecretStr = own_s3_key("ingest", "access")
    s3_secret_key: SecretStr = own_s3_key("ingest", "secret")
    ingest_default_currency: str = "USD"
    ingest_upload_bytes: int = 2048 * MIB
    ingest_payload_bytes: int = 8 * MIB
    ingest_file_bytes: int = 4096 * MIB
    ingest_rows: int = 20_000_000
    ingest_columns: int = 1_000


class IngestWorkerSettings(IngestSettings, KafkaSettings):
    """What the worker needs beside; times in seconds.

    An upload whose rows do not get further into the books for `ingest_redrive_seconds`, though it
    was read whole, is read again by itself: what was lost on the way is sent once more, and what
    is known changes nothing. Longer than any pause of the other services should last.
    """

    ingest_parallel_reads: int = 2
    ingest_lease_seconds: float = 8.0
    ingest_poll_seconds: float = 0.2
    ingest_redrive_seconds: float = 300.0
