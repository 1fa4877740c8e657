"""The generated secrets of one stack: made at first start, kept in a private file."""

from pydantic import BaseModel, Field

from deploy.local.state import State
from deploy.private_files import write_private
from deploy.secret_values import make_cluster_id, make_master_key, make_password


class Secrets(BaseModel):
    """What only this stack knows. `api_key` is None until the first start has issued it."""

    postgres: str = Field(default_factory=make_password)
    ingest: str = Field(default_factory=make_password)
    ledger: str = Field(default_factory=make_password)
    exporter: str = Field(default_factory=make_password)
    access: str = Field(default_factory=make_password)
    s3_access_key: str = Field(default_factory=make_password)
    s3_secret_key: str = Field(default_factory=make_password)
    master_key: str = Field(default_factory=make_master_key)
    kafka_cluster: str = Field(default_factory=make_cluster_id)
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
