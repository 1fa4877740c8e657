"""The generated secrets of one stack: made at first start, kept in a private file."""

import base64
import secrets

from pydantic import BaseModel, Field

from deploy.local.state import State, write_private


def _password() -> str:
    return secrets.token_hex(24)


def _cluster_id() -> str:
    # Kafka writes its ids as URL-safe base64 of 16 bytes and refuses a leading dash.
    while True:
        identifier = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode("ascii").rstrip("=")
        if not identifier.startswith("-"):
            return identifier


def _master_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode("ascii")


class Secrets(BaseModel):
    """What only this stack knows. `api_key` is None until the first start has issued it."""

    postgres: str = Field(default_factory=_password)
    ingest: str = Field(default_factory=_password)
    ledger: str = Field(default_factory=_password)
    exporter: str = Field(default_factory=_password)
    access: str = Field(default_factory=_password)
    s3_access_key: str = Field(default_factory=_password)
    s3_secret_key: str = Field(default_factory=_password)
    master_key: str = Field(default_factory=_master_key)
    kafka_cluster: str = Field(default_factory=_cluster_id)
    api_key: str | None = None


def save_secrets(state: State, values: Secrets) -> None:
    write_private(state.secrets, values.model_dump_json(indent=2) + "\n")


def load_secrets(state: State) -> Secrets:
    """Read the secrets, making them first where there are none."""
    if state.secrets.exists():
        return Secrets.model_validate_json(state.secrets.read_text("utf-8"))
    values = Secrets()
    save_secrets(state, values)
    return values
