"""The variables that the ledger reads."""

from pydantic import SecretStr

from services.chassis.settings import KafkaSettings, Settings


class LedgerDatabaseSettings(Settings):
    """What endpoints and migrations need."""

    ledger_postgres_dsn: SecretStr


class LedgerSettings(LedgerDatabaseSettings, KafkaSettings):
    """What the worker needs; intervals in seconds."""

    ledger_sweep_seconds: float = 1.0
    ledger_parallel_chunks: int = 2
    ledger_unpark_seconds: float = 5.0
    # Parked rows that are older wait for a person, who is told so by the review queue.
    ledger_parked_days: float = 30.0
    ledger_overdue_seconds: float = 60.0
