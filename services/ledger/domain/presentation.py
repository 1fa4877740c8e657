"""How records, changes and feeds look from outside: money in minor units, ids as text."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.api.decisions import KeptRow, RevertView
from contracts.findings import explain
from contracts.record_type import RecordType
from contracts.records import record_types
from services.chassis.filtering import Filterable

TIMES = ("created_at", "updated_at")
IDS = ("account_id", "reverses")


def filterable_fields(record_type: RecordType) -> dict[str, Filterable]:
    """What a list may be filtered by: the fields in snake case, and what every record has."""
    kinds = {"money": "integer", "date": "date"}
    fields = {
        field.column: Filterable(field.column, kinds.get(field.kind, "text"))
        for field in record_type.fields
    }
    reference = record_type.find(record_type.reference_field)
    if reference is not None:
        fields["reference"] = Filterable(reference.column, "text")
    return fields | {
        "id": Filterable("id", "integer"),
        "import_id": Filterable("import_id", "uuid"),
        "state": Filterable("state", "text"),
        "row": Filterable("row", "integer"),
        "created_at": Filterable("created_at", "timestamp"),
        "updated_at": Filterable("updated_at", "timestamp"),
    }


def present_record(record: Mapping[str, Any], record_type: RecordType) -> dict[str, Any]:
    """A record of a view `ledger_v1.<type>` as the API answers it."""
    shown = {name: plain(value) for name, value in record.items()}
    shown["id"] = str(record["id"])
    for field in record_type.fields:
        if field.kind == "money":
            shown[field.column] = {"minor": record[field.column], "currency": record["currency"]}
    for name in IDS:
        if shown.get(name) is not None:
            shown[name] = str(shown[name])
    return shown | _aliases(shown, record_type)


def _aliases(shown: dict[str, Any], record_type: RecordType) -> dict[str, Any]:
    """The ledger's own words beside the templates' ones, for transactions."""
    if record_type.name != "transactions":
        return {}
    return {
        "reference": shown["transaction_reference"],
        "effective_date": shown["transaction_date"],
        "posted_at": shown["created_at"],
    }


def plain(value: Any) -> Any:
    """A value as JSON has it; times are RFC 3339 in UTC."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value


def present_change(change: Mapping[str, Any]) -> dict[str, Any]:
    shown = {
        name: str(value) if name.endswith("_id") and value is not None else plain(value)
        for name, value in change.items()
    }
    return shown


def present_feed(feed: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": str(feed["feed_id"]),
        "source": feed["source"],
        "day": feed["day"].isoformat(),
        "record_type": feed["record_type"],
        "rows": feed["rows"],
        "state": "open" if feed["state"] == "ready" else feed["state"],
        "opened_at": plain(feed["opened_at"]),
    }


def present_feed_row(row: Mapping[str, Any], record_type_name: str) -> dict[str, Any]:
    """One submitted record: what it said, how it was judged, what became of it."""
    record_type = record_types().get(record_type_name)
    names = record_type.field_names if record_type else ()
    values = {
        name: value for name, value in zip(names, row["values"], strict=False) if value is not None
    }
    reason = row["reason"]
    return {
        "row": row["row"],
        "ce_id": row["event_id"],
        "ce_source": row["source"],
        "verdict": row["verdict"],
        "record": values | (row["custom"] or {}),
        "violations": _remarks(row["violations"]),
        "warnings": _remarks(row["warnings"]),
        "outcome": row["outcome"],
        "reason": None if reason is None else {"code": reason, **explain(reason)._asdict()},
        "record_id": None if row["record_id"] is None else str(row["record_id"]),
    }


def present_revert(
    import_id: UUID,
    state: str,
    sums: Mapping[str, Any],
    kept: Sequence[Mapping[str, Any]],
    *,
    shown: int,
) -> RevertView:
    """What reverting does or did; of the rows `kept`, one more than `shown` where there are."""
    return RevertView(
        import_id=import_id,
        state=state if state in ("reverting", "reverted") else "planned",
        counts=sums["counts"],
        amounts=sums["amounts"],
        reasons=sums["reasons"],
        kept=[
            KeptRow(
                row=item["row"],
                record_id=str(item["record_id"]),
                code=item["reason"],
                **explain(item["reason"])._asdict(),
            )
            for item in kept[:shown]
        ],
        kept_has_more=len(kept) > shown,
    )


def _remarks(remarks: list[list[Any]] | None) -> list[dict[str, Any]]:
    return [_remark(remark) for remark in remarks or []]


def _remark(remark: list[Any]) -> dict[str, Any]:
    field, code, sentence, value = [*remark, None][:4]
    return {
        "field": field,
        "code": code,
        "sentence": sentence,
        "value": value,
    }
