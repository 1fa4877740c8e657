"""The HTTP API as commands see it: JSON in and out, problems as CommandFailures, pages joined."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import httpx

from cli.connection import Connection
from cli.failures import (
    CONFLICT,
    FAILURE,
    NOT_ALLOWED,
    NOT_FOUND,
    USAGE,
    CommandFailure,
)

Json = dict[str, Any]
PAGE_SIZE = 100
_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 60.0
_EXIT_CODES = {
    400: USAGE,
    401: NOT_ALLOWED,
    403: NOT_ALLOWED,
    404: NOT_FOUND,
    409: CONFLICT,
    410: NOT_FOUND,
    412: CONFLICT,
    422: USAGE,
}


class Api:
    """One caller's HTTP client; `close` it."""

    def __init__(self, connection: Connection) -> None:
        self._url = connection.url
        self._client = httpx.Client(
            base_url=connection.url,
            headers={"Authorization": f"Bearer {connection.api_key}"},
            timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
        )

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, parameters: Mapping[str, Any] | None = None) -> Json:
        return self.send("GET", path, params=parameters).json()

    def post(self, path: str, body: Json | None = None) -> Json:
        return self.send("POST", path, json=body or {}).json()

    def delete(self, path: str) -> None:
        self.send("DELETE", path)

    def send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """The answer, if it is none of the errors; they raise CommandFailure."""
        with self._words_for_failures():
            response = self._client.request(method, path, **arguments)
        raise_for_problem(response)
        return response

    @contextmanager
    def stream(self, path: str, **arguments: Any) -> Generator[httpx.Response]:
        """A GET whose body is read piece by piece."""
        with (
            self._words_for_failures(),
            self._client.stream("GET", path, **arguments) as response,
        ):
            if response.is_error:
                response.read()
            raise_for_problem(response)
            yield response

    def iterate(
        self,
        path: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        limit: int | None = None,
        cursor: str = "id",
    ) -> Iterator[Json]:
        """Items over all pages, at most `limit`; `cursor` names the key that pages go by."""
        left = limit
        asked = dict(parameters or {})
        while left is None or left > 0:
            asked["limit"] = PAGE_SIZE if left is None else min(left, PAGE_SIZE)
            page = self.get(path, asked)
            items = cast(list[Json], page["data"])
            yield from items
            if not page["has_more"] or not items:
                return
            asked["starting_after"] = items[-1][cursor]
            left = None if left is None else left - len(items)

    @contextmanager
    def _words_for_failures(self) -> Generator[None]:
        try:
            yield
        except httpx.ConnectError as error:
            raise CommandFailure(
                f"Nothing answers at {self._url}: {error}.",
                "Is the stack running? `make up` starts a local one, `ledgerport doctor` looks.",
            ) from error
        except httpx.TimeoutException as error:
            raise CommandFailure(
                f"{self._url} did not answer in time.", "Try again; `ledgerport doctor` looks."
            ) from error
        except httpx.TransportError as error:
            raise CommandFailure(
                f"The connection to {self._url} broke: {error}.", "Try again."
            ) from error


def raise_for_problem(response: httpx.Response) -> None:
    """Turns an error answer (RFC 9457) into a CommandFailure with its words."""
    if not response.is_error:
        return
    problem = _problem_of(response)
    sentence = str(problem.get("detail") or problem.get("title") or response.reason_phrase)
    errors = cast(list[Any], problem.get("errors") or [])
    places = [_describe_error(item) for item in errors]
    raise CommandFailure(
        "\n  ".join([f"{sentence} (HTTP {response.status_code})", *places]),
        str(problem.get("way_on") or ""),
        exit_code=_EXIT_CODES.get(response.status_code, FAILURE),
    )


def _problem_of(response: httpx.Response) -> Json:
    try:
        problem = response.json()
    except ValueError:
        return {}
    return cast(Json, problem) if isinstance(problem, dict) else {}


def _describe_error(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    error = cast(Json, item)
    location = error.get("location") or ""
    if isinstance(location, list):
        location = ".".join(map(str, cast(list[Any], location)))
    sentence = error.get("sentence") or error.get("detail") or error.get("code") or ""
    return f"{location}: {sentence}" if location else str(sentence)
