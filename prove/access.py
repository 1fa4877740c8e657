"""How the check reaches what it reads: the API, the published views, the broker."""

from dataclasses import dataclass
from typing import Any, BinaryIO

import httpx

Json = dict[str, Any]
_TIMEOUT = httpx.Timeout(120.0, connect=5.0)
_PIECE = 1024 * 1024


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
    """There is no import, or no feed, of this id."""


class ProofImpossible(Exception):
    """Something that the check must read cannot be read."""

    def __init__(self, sentence: str, way_on: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.way_on = way_on


def get_json(client: httpx.Client, path: str, **parameters: Any) -> Json:
    """Raises UnknownImport for what is not there, and ProofImpossible."""
    try:
        response = client.get(path, params=parameters)
    except httpx.TransportError as error:
        raise ProofImpossible(f"The API does not answer: {error}.") from None
    if response.status_code in (404, 422):
        raise UnknownImport(f"There is no import and no feed {path.split('/')[3]}.")
    _demand_success(response)
    return response.json()


def download(client: httpx.Client, path: str, target: BinaryIO) -> None:
    with client.stream("GET", path) as response:
        _demand_success(response)
        for piece in response.iter_bytes(_PIECE):
            target.write(piece)


def _demand_success(response: httpx.Response) -> None:
    if response.is_error:
        raise ProofImpossible(
            f"{response.request.url.path} answered {response.status_code}.",
            "The key needs the scopes imports:read and feeds:read.",
        )
