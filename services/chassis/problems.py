"""Errors as they are told over HTTP (RFC 9457), raised anywhere below the web."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ProblemItem:
    """One thing that is wrong: where (`body.config.mode`), a code, a sentence."""

    location: str
    code: str
    sentence: str


class Problem(Exception):
    """An answer of `application/problem+json`; `way_on` says what to do."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        way_on: str | None = None,
        errors: list[ProblemItem] | None = None,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.way_on = way_on
        self.errors = errors or []
        self.headers = headers or {}
        self.extra = extra
