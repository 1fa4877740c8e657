"""The envelopes of messages: CloudEvents 1.0 in binary mode, and the lean headers of the bulk lane.

Source: CloudEvents 1.0.2, Kafka protocol binding 1.0.2 (binary content mode).
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.records import record_types

SPEC_VERSION = "1.0"
JSON_CONTENT_TYPE = "application/json"
CLOUD_EVENT_HEADERS = (
    "ce_specversion",
    "ce_id",
    "ce_source",
    "ce_type",
    "ce_time",
    "content-type",
)
READING_HEADER = "reading"
# A cell that is no field: the row of the corrected import that this row corrects.
CORRECTED_ROW = "_Row"


class Message(BaseModel):
    """Base of every event: unknown fields are ignored, so that additions never break a reader."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class CloudEventAttributes(Message):
    """The `ce_…` headers of a public message, without their prefix."""

    specversion: Literal["1.0"] = SPEC_VERSION
    id: str = Field(min_length=1, max_length=200)
    source: str = Field(min_length=1, max_length=300)
    type: str = Field(min_length=1, max_length=200)
    time: datetime


class Formats(Message):
    """How the cells of one revision are written: never guessed, always said."""

    date: str = "ISO 8601"
    decimal: str = "1,234.56"
    currency: str = "USD"


class Reading(Message):
    """The header `reading` of the bulk lane: what all rows of one revision share.

    `fields` is the order of a row's cells: declared fields and custom ones. A field in `clear`
    is emptied in the books by an empty cell, any other keeps its value. Rows that correct an
    earlier import's have a cell of `CORRECTED_ROW`. `validator` is the version of the rules by
    which they were judged, once they were.
    """

    import_id: UUID
    revision: int = Field(ge=1)
    record_type: str
    fields: tuple[str, ...]
    formats: Formats = Formats()
    clear: tuple[str, ...] = ()
    validator: str | None = None

    def to_header(self) -> bytes:
        """As short as can be, as each of a million messages carries it: a JSON array of import id
        (base64url), revision, record type, fields (a declared one by its place in the record
        type), and as far as they are not the default formats (date, decimal, currency), `clear`
        and `validator`.
        """
        declared = record_types().get(self.record_type)
        places = {
            name: place for place, name in enumerate(declared.field_names if declared else ())
        }
        header: list[Any] = [
            urlsafe_b64encode(self.import_id.bytes).rstrip(b"=").decode(),
            self.revision,
            self.record_type,
            [places.get(name, name) for name in self.fields],
        ]
        formats = [self.formats.date, self.formats.decimal, self.formats.currency]
        more = [None if self.formats == Formats() else formats, list(self.clear), self.validator]
        while more and not more[-1]:
            more.pop()
        header += more
        return json.dumps(header, separators=(",", ":")).encode()

    @classmethod
    def from_header(cls, header: bytes) -> Self:
        """Raises ValueError (pydantic's ValidationError is one) when it cannot be read."""
        try:
            import_id, revision, record_type, fields, *more = json.loads(header)
            declared = record_types().get(record_type)
            names = declared.field_names if declared else ()
            date, decimal, currency = (more and more[0]) or Formats().model_dump().values()
            return cls(
                import_id=UUID(bytes=urlsafe_b64decode(import_id + "==")),
                revision=revision,
                record_type=record_type,
                fields=tuple(_name_field(item, names) for item in fields),
                formats=Formats(date=date, decimal=decimal, currency=currency),
                clear=tuple(more[1]) if len(more) > 1 else (),
                validator=more[2] if len(more) > 2 else None,
            )
        except (TypeError, IndexError, AttributeError) as problem:
            raise ValueError("not a reading header") from problem


def _name_field(item: Any, names: Sequence[str]) -> Any:
    """A declared field is given by its place, any other by its name."""
    if type(item) is not int:
        return item
    if item < 0:
        raise IndexError(item)
    return names[item]


def cloud_event_headers(
    *, event_id: str, source: str, event_type: str, time: str
) -> tuple[tuple[str, bytes], ...]:
    """The headers of a public message; `time` is RFC 3339 in UTC."""
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", event_type.encode()),
        ("ce_time", time.encode()),
        ("content-type", b"application/json"),
    )


def attributes_of(headers: dict[str, bytes]) -> CloudEventAttributes:
    """The CloudEvents attributes of a message; raises pydantic's ValidationError when some are
    missing.
    """
    values: dict[str, Any] = {
        name.removeprefix("ce_"): value.decode("utf-8", "strict")
        for name, value in headers.items()
        if name.startswith("ce_")
    }
    return CloudEventAttributes.model_validate({"specversion": "", **values})
