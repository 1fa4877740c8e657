"""Which variables the launcher itself reads; what the launched processes get is topology's."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parents[2]


class LocalSettings(BaseSettings):
    """`LEDGERPORT_STATE` names another folder, so that a second, separate stack can run."""

    model_config = SettingsConfigDict(env_prefix="LEDGERPORT_")

    state: Path = PROJECT / ".local"
