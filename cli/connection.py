"""Where API, broker and database are: from a file, the environment, or the local stack."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from cli.failures import NOT_ALLOWED, USAGE, CommandFailure

LOCAL_FILE = Path(".local/connection.json")


class ConnectionSettings(BaseSettings):
    """The variables of a caller; url and key belong together."""

    model_config = SettingsConfigDict(env_prefix="LEDGERPORT_", extra="ignore")

    url: str | None = None
    api_key: SecretStr | None = None
    kafka_bootstrap: str | None = None
    postgres_dsn: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """`source` says where it was found. Broker and database are needed by few commands only."""

    source: str
    url: str
    api_key: str
    kafka_bootstrap: str | None = None
    postgres_dsn: str | None = None
    processes: tuple[tuple[str, int], ...] = ()

    def need_kafka(self) -> str:
        """The broker's address; raises CommandFailure when the connection does not say it."""
        if self.kafka_bootstrap is None:
            raise CommandFailure(
                f"{self.source} does not say where the broker is.",
                "Set LEDGERPORT_KAFKA_BOOTSTRAP, or `kafka_bootstrap` in the connection file.",
                exit_code=USAGE,
            )
        return self.kafka_bootstrap


def find_connection(chosen: Path | None) -> Connection:
    """The file that was chosen, else the environment, else the local stack's file."""
    if chosen is not None:
        return read_connection(chosen)
    settings = ConnectionSettings()
    if settings.url is not None or settings.api_key is not None:
        return _from_settings(settings)
    for folder in (Path.cwd(), *Path.cwd().parents):
        if (folder / LOCAL_FILE).is_file():
            return read_connection(folder / LOCAL_FILE)
    raise CommandFailure(
        "There is no connection: no --connection, no LEDGERPORT_URL, no local stack.",
        "Start a local stack with `make up`, or set LEDGERPORT_URL and LEDGERPORT_API_KEY.",
        exit_code=USAGE,
    )


def read_connection(path: Path) -> Connection:
    try:
        content = cast(dict[str, Any], json.loads(path.read_text(encoding="utf-8")))
        url, api_key = content["url"], content["api_key"]
    except FileNotFoundError:
        raise CommandFailure(f"There is no file {path}.", exit_code=USAGE) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandFailure(
            f"{path} is not a connection file: {error}.",
            "It is a JSON object with `url` and `api_key`.",
            exit_code=USAGE,
        ) from None
    if not api_key:
        raise CommandFailure(
            f"{path} holds no API key yet.",
            "The stack is still starting: try again when `make up` has returned.",
            exit_code=NOT_ALLOWED,
        )
    return Connection(
        source=str(path),
        url=str(url).rstrip("/"),
        api_key=str(api_key),
        kafka_bootstrap=content.get("kafka_bootstrap"),
        postgres_dsn=content.get("postgres_dsn"),
        processes=tuple(content.get("processes", {}).items()),
    )


def _from_settings(settings: ConnectionSettings) -> Connection:
    if settings.url is None or settings.api_key is None:
        missing = "LEDGERPORT_URL" if settings.url is None else "LEDGERPORT_API_KEY"
        raise CommandFailure(
            f"{missing} is not set: the environment must say both URL and key.",
            exit_code=USAGE,
        )
    dsn = settings.postgres_dsn
    return Connection(
        source="the environment",
        url=settings.url.rstrip("/"),
        api_key=settings.api_key.get_secret_value(),
        kafka_bootstrap=settings.kafka_bootstrap,
        postgres_dsn=None if dsn is None else dsn.get_secret_value(),
    )
