"""Which row a record's values come from, or by which rule they were derived. Pure decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from contracts.record_type import Field, RecordType

RULES: Final = {
    "sum_of_postings": "The sum of the account's postings, which its history lists; the row named "
    "here opened it.",
    "default_currency": "No row says a currency: it is the default of the import that created it.",
    "account_currency": "No row says a currency: it is that of the account.",
    "currency_of_amount": "No column says it: it was read from the amount's own sign.",
    "default_status": "No row says a status: new accounts are Active.",
    "generated_number": "No row says a number: Ledgerport gave one.",
    "derived_reference": "The row has no reference: it was derived from account, type, amount, "
    "currency, date, method, and its place among equal rows.",
    "of_account": "It is that of the account which the row names.",
    "constant": "Every row of the import has it: its mapping says so, no column does.",
    "unknown_origin": "No row that counts says this value.",
}
_BALANCE = "balance"
_DERIVED: Final = {
    ("accounts", "currency"): "default_currency",
    ("accounts", "status"): "default_status",
    ("accounts", "account_number"): "generated_number",
    ("transactions", "currency"): "account_currency",
    ("transactions", "account_number"): "of_account",
    ("transactions", "account_name"): "of_account",
    ("transactions", "transaction_reference"): "derived_reference",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A row that made, or changed, a record; `values` lie on the record type's fields.

    A null value says nothing, an empty one clears. `ce_…` and `received_at` are a feed's.
    """

    version: int
    import_id: UUID
    row: int
    changed_at: datetime
    attempt: int
    values: Sequence[str | None]
    custom: Mapping[str, str | None] | None
    corrects_row: int | None
    kind: str
    revision: int | None
    validators: Sequence[str]
    actor: str | None
    ce_source: str | None
    ce_id: str | None
    received_at: datetime | None


@dataclass(frozen=True, slots=True)
class Traced:
    """One value of a record: the row that set it and what that row was judged to say, or a rule.

    Neither of them: nobody has ever said anything.
    """

    field: str
    value: Any
    source: Source | None = None
    judged: str | None = None
    rule: str | None = None


def trace_values(
    record: Mapping[str, Any], record_type: RecordType, sources: Sequence[Source]
) -> list[Traced]:
    """Every field, then every custom one; `sources` are those that count, the newest first."""
    traced = [
        _trace_field(record, record_type, place, sources)
        for place in range(len(record_type.fields))
    ]
    custom: Mapping[str, Any] = record.get("custom") or {}
    return traced + [_trace_custom(name, custom[name], sources) for name in sorted(custom)]


def _trace_field(
    record: Mapping[str, Any], record_type: RecordType, place: int, sources: Sequence[Source]
) -> Traced:
    field = record_type.fields[place]
    value = record.get(field.column)
    shown = {"minor": value, "currency": record["currency"]} if field.kind == "money" else value
    if field.column == _BALANCE:
        return _trace_balance(field, place, shown, sources)
    for source in sources:
        said = source.values[place] if place < len(source.values) else None
        if said is not None and _is_meant(field, said, value):
            return Traced(field.name, shown, source, said)
    if value is None:
        return Traced(field.name, None)
    rule = _DERIVED.get((record_type.name, field.column), "unknown_origin")
    return Traced(field.name, shown, rule=rule)


def _trace_balance(field: Field, place: int, shown: Any, sources: Sequence[Source]) -> Traced:
    """A balance is nobody's word; what opened it is."""
    opening = next((source for source in sources if source.version == 1), None)
    judged = opening.values[place] if opening is not None else None
    return Traced(field.name, shown, opening, judged, "sum_of_postings")


def _is_meant(field: Field, said: str, value: Any) -> bool:
    """Whether the record's value is what the row says: an agent may be unknown, and what must not
    be empty keeps what it had.
    """
    if said == "":
        return value is None
    if field.kind == "money":
        return value is not None
    if field.kind == "agent":
        return said.lower() == value
    return said == value


def _trace_custom(name: str, value: Any, sources: Sequence[Source]) -> Traced:
    for source in sources:
        if (source.custom or {}).get(name) == value:
            return Traced(name, value, source, value)
    return Traced(name, value, rule="unknown_origin")
