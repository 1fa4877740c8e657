"""The variables that every process reads; a service's own settings build on these."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Variables begin with `LEDGERPORT_`."""

    model_config = SettingsConfigDict(env_prefix="LEDGERPORT_", extra="ignore", frozen=True)

    log_level: str = "INFO"
    crash_point: str | None = None
    http_host: str = "127.0.0.1"
    http_port: int = 8000
    probe_port: int | None = None
    public_url: str = "http://127.0.0.1:8000"


class KafkaSettings(Settings):
    kafka_bootstrap: str


class ObjectStoreSettings(Settings):
    """`master_key` is base64 of 32 bytes; it wraps the keys of stored files."""

    s3_endpoint: str
    s3_access_key: SecretStr
    s3_secret_key: SecretStr
    s3_bucket: str
    master_key: SecretStr
