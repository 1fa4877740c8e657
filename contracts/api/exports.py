"""Bodies of `/v1/exports`, and the query that arrives on `exports-requested`."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StrictInt, StringConstraints

from contracts.api.imports import Failure
from contracts.api.model import Body

ShortText = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class ExportLocale(Body):
    """How a CSV file is written; `bom` helps Excel."""

    decimal: Annotated[str, StringConstraints(max_length=40)] = "1234.56"
    date: Annotated[str, StringConstraints(max_length=40)] = "ISO 8601"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    bom: bool = False


class ExportQuery(Body):
    """What to export. `filter` takes the keys of the lists, `balance[gte]` and the like."""

    dataset: ShortText
    filter: dict[ShortText, str | StrictInt | list[str]] = Field(default={}, max_length=50)
    ids: list[ShortText] | None = Field(default=None, max_length=10_000)
    columns: list[ShortText] | None = Field(default=None, min_length=1, max_length=200)
    sort: list[ShortText] | None = Field(default=None, max_length=5)
    format: Literal["csv"] = "csv"
    layout: Literal["report", "import"] = "report"
    compression: Literal["none", "gzip"] = "none"
    locale: ExportLocale = ExportLocale()
    purpose: ShortText | None = None
    consent_reference: ShortText | None = None
    file_name: Annotated[str, StringConstraints(min_length=1, max_length=150)] | None = None


class ExportView(Body):
    """An export; `bytes` and `sha256` are of the file as downloaded. `estimated_rows` is what the
    database expects, from the moment on at which rendering begins.
    """

    id: UUID
    state: Literal["requested", "rendering", "ready", "failed", "cancelled", "expired"]
    query: dict[str, Any]
    rows: int | None
    bytes: int | None
    sha256: str | None
    file_name: str | None
    watermark: int | None
    created_at: str
    ready_at: str | None
    expires_at: str | None
    actor: str
    failure: Failure | None
    links: dict[str, str]
    estimated_rows: int | None = None
