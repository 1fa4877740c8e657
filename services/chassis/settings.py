"""The variables that every process reads; a service's own settings build on these."""

from typing import Any, Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Variables begin with `LEDGERPORT_`."""

    model_config = SettingsConfigDict(
        env_prefix="LEDGERPORT_", extra="ignore", frozen=True, validate_by_name=True
    )

    log_level: str = "INFO"
    crash_point: str | None = None
    http_host: str = "127.0.0.1"
    http_port: int = 8000
    probe_port: int | None = None
    public_url: str = "http://127.0.0.1:8000"


class KafkaSettings(Settings):
    kafka_bootstrap: str


class ObjectStoreSettings(Settings):
    """`master_key` is base64 of 32 bytes; it wraps the keys of stored files.

    A service may have a key of its own, which `own_s3_key` names; else all share one.
    """

    s3_endpoint: str
    s3_access_key: SecretStr
    s3_secret_key: SecretStr
    s3_bucket: str
    master_key: SecretStr


def own_s3_key(service: str, part: Literal["access", "secret"]) -> Any:
    """The field of `s3_access_key` or `s3_secret_key` that looks for the service's own first."""
    name = f"S3_{part.upper()}_KEY"
    choices = AliasChoices(f"LEDGERPORT_{service.upper()}_{name}", f"LEDGERPORT_{name}")
    return Field(validation_alias=choices)
