"""How a record type is declared: fields, kinds, aliases and keys. No parsing and no SQL live
here.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["text", "reference", "money", "currency", "date", "choice", "agent", "notes"]

CUSTOM_FIELD_PATTERN = re.compile(r"CustomParameter\w{1,60}\Z")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record type, with the name that templates, payloads and topics use.

    `choices` maps each canonical value to the other words that mean it. `sign` says which money
    values are allowed; `any` leaves it to the record type's checks.
    """

    name: str
    kind: Kind
    description: str
    sample: str = ""
    required: bool = False
    aliases: tuple[str, ...] = ()
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()
    max_length: int = 500
    personal: bool = False
    sign: Literal["any", "positive", "not_negative"] = "any"

    @property
    def column(self) -> str:
        """The field's name in the books' views and in list filters: `AccountNumber` is
        `account_number`.
        """
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.name).lower()


@dataclass(frozen=True, slots=True)
class RequiredOneOf:
    """At least one of `fields` must hold a value, in rows where `when_field` is one of
    `when_values`.
    """

    fields: tuple[str, ...]
    code: str
    sentence: str
    when_field: str | None = None
    when_values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PositiveUnless:
    """The money field must be above zero, unless `unless_field` is one of `unless_values`."""

    field: str
    code: str
    sentence: str
    unless_field: str
    unless_values: tuple[str, ...]


Check = RequiredOneOf | PositiveUnless


@dataclass(frozen=True, slots=True)
class RecordType:
    """A record type: the order of `fields` is the order of a verdict's values and only ever grows
    at its end.
    """

    name: str
    title: str
    fields: tuple[Field, ...]
    match_keys: tuple[str, ...]
    reference_field: str
    amount_field: str | None = None
    currency_field: str | None = None
    custom_fields: bool = False
    checks: tuple[Check, ...] = ()
    export_only: tuple[str, ...] = field(default=())

    @property
    def field_names(self) -> tuple[str, ...]:
        return tuple(item.name for item in self.fields)

    def find(self, name: str) -> Field | None:
        """The declared field called `name`, or None (a custom field has no declaration)."""
        return next((item for item in self.fields if item.name == name), None)

    def accepts(self, name: str) -> bool:
        """Whether `name` may be mapped to: a declared field, or a custom one where the type has
        them.
        """
        if self.find(name) is not None:
            return True
        return self.custom_fields and CUSTOM_FIELD_PATTERN.match(name) is not None
