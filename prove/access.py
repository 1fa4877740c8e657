"""How the check reaches what it reads: the API, the published views, the broker."""

from dataclasses import dataclass
from typing import Any

import httpx

Json = dict[str, Any]
_TIMEOUT = httpx.Timeout(120.0, connect=5.0)


@dataclass(frozen=True, slots=True)
class Access:
    """`postgres_dsn` reads the views `ledger_v1`; without a broker the events are not looked at."""

    url: str
    api_key: str
    postgres_dsn: str | None
    kafka_bootstrap: str | None

    def open_client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.api_key}"},
            timeout=_TIMEOUT,
        )


class UnknownImport(Exception):
    """There is no import of this id."""


class ProofImpossible(Exception):
    """Something that the check must read cannot be read."""

    def __init__(self, sentence: str, way_on: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.way_on = way_on
