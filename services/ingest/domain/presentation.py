"""How an import and its rows look from outside."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.api.decisions import ReviewItem
from contracts.api.imports import (
    AsCompleted,
    ControlTotals,
    Failure,
    FileFacts,
    Finding,
    ImportView,
    PlanFacts,
    RowView,
    SeenBefore,
)
from contracts.findings import explain
from contracts.record_type import RecordType
from contracts.records import record_types
from services.ingest.domain.states import count_rows, state_of
from services.ingest.domain.uploads import Import

TABLE_WAY_ON = (
    "Check the columns; if they are wrong, set `table` (encoding, delimiter, header row)."
)


def present_import(
    found: Import, *, seen_before: Import | None, corrected_by: Sequence[UUID]
) -> ImportView:
    """The import as the API answers it; amounts are in minor units."""
    upload, plan = found.upload, found.plan
    completed = None if plan is None else plan.as_completed
    return ImportView(
        id=upload.import_id,
        state=state_of(found),
        record_type=upload.record_type,
        config=_present_config(found),
        revision=upload.revision,
        plan=_present_plan(found),
        file=_present_file(found, seen_before),
        counts=count_rows(found),
        warnings=plan.warnings if plan else 0,
        amounts=plan.amounts if plan else {},
        as_completed=AsCompleted.model_validate(completed) if completed else None,
        findings=_present_findings(found),
        control=ControlTotals.model_validate(plan.control) if plan and plan.control else None,
        corrects=upload.corrects,
        corrected_by=list(corrected_by),
        created_at=_time(upload.created_at),
        ready_at=_time_or_none(plan.ready_at if plan else None),
        completed_at=_time_or_none(plan.completed_at if plan else None),
        reverted_at=_time_or_none(plan.reverted_at if plan else None),
        revert=plan.revert if plan else None,
        actor=upload.actor,
        failure=Failure.model_validate(upload.failure) if upload.failure else None,
        links=_links(upload.import_id, upload.record_type),
    )


def _present_config(found: Import) -> dict[str, Any]:
    """As asked for, with the mapping that is in force."""
    upload = found.upload
    return {**upload.config, "mapping": dict(upload.targets) or upload.config.get("mapping")}


def _present_plan(found: Import) -> PlanFacts | None:
    plan = found.plan
    if plan is None or plan.plan_id is None or plan.plan_made_at is None:
        return None
    return PlanFacts(id=plan.plan_id, made_at=_time(plan.plan_made_at))


def _present_file(found: Import, seen_before: Import | None) -> FileFacts:
    upload, table = found.upload, found.upload.table or {}
    return FileFacts(
        name=upload.file_name,
        bytes=upload.file_bytes,
        sha256=upload.file_sha256,
        encoding=table.get("encoding"),
        delimiter=table.get("delimiter"),
        header_row=table.get("header_row"),
        dialect=table.get("shape", {}).get("dialect"),
        seen_before=_present_seen(seen_before) if seen_before else None,
    )


def _present_seen(earlier: Import) -> SeenBefore:
    return SeenBefore(
        import_id=earlier.upload.import_id,
        actor=earlier.upload.actor,
        created_at=_time(earlier.upload.created_at),
        state=state_of(earlier),
    )


def _present_findings(found: Import) -> list[Finding]:
    findings = [
        Finding(
            code=warning["code"],
            field=None,
            rows=0,
            sample=None,
            sentence=warning["sentence"],
            way_on=TABLE_WAY_ON,
        )
        for warning in (found.upload.table or {}).get("warnings", ())
    ]
    for item in found.plan.findings if found.plan else ():
        words = explain(item["code"])
        known = {name: item[name] for name in ("code", "field", "rows", "sample")}
        findings.append(Finding(**known, sentence=words.sentence, way_on=words.way_on))
    return findings


def _links(import_id: UUID, record_type: str) -> dict[str, str]:
    base = f"/v1/imports/{import_id}"
    parts = ("mapping", "rows", "events", "source", "errors.csv", "revert")
    return {
        "self": base,
        **{part.split(".")[0]: f"{base}/{part}" for part in parts},
        "records": f"/v1/{record_type}?import_id={import_id}",
    }


def present_row(row: Mapping[str, Any], raw: dict[str, str], record_type: RecordType) -> RowView:
    """One row: as it stood, as it was judged, what is planned and what happened."""
    record_id = None if row["record_id"] is None else str(row["record_id"])
    link = f"/v1/{record_type.name}/{record_id}"
    return RowView(
        row=row["row"],
        attempt=row["attempt"],
        raw=raw,
        verdict=row["verdict"],
        violations=[_present_remark(remark) for remark in row["violations"] or ()],
        warnings=[_present_remark(remark) for remark in row["warnings"] or ()],
        plan=row["action"],
        reason=row["reason"],
        before=_present_record(row["before"], record_type),
        after=_present_record(_overlay(row, record_type), record_type),
        outcome=row["outcome"],
        record_id=record_id,
        reverted=row["reverted"],
        kept_reason=row["kept_reason"],
        corrects_row=row["corrects_row"],
        links={} if record_id is None or row["outcome"] is None else {"record": link},
    )


def _present_remark(remark: Sequence[Any]) -> dict[str, Any]:
    field, code, sentence, *value = remark
    return {
        "field": field,
        "code": code,
        "sentence": sentence,
        "value": value[0] if value else None,
        "way_on": explain(code).way_on,
    }


def _overlay(row: Mapping[str, Any], record_type: RecordType) -> dict[str, Any] | None:
    """The record after the row: what it says over what was there; null says nothing, '' clears."""
    if row["action"] not in ("create", "update", "hold", "park"):
        return row["before"] if row["action"] == "unchanged" else None
    before: dict[str, Any] = dict(row["before"] or {})
    after = dict(before)
    for field, value in zip(record_type.fields, row["values"], strict=False):
        if value is not None:
            after[field.column] = value or None
    if row["currency"] is not None:
        after["currency"] = row["currency"]
    amount = record_type.find(record_type.amount_field or "")
    if amount is not None:
        known = before.get(amount.column)
        after[amount.column] = row["amount"] if known is None else known + (row["delta"] or 0)
    if record_type.custom_fields:
        after["custom"] = {**(before.get("custom") or {}), **(row["custom"] or {})}
    return after


def _present_record(record: Mapping[str, Any] | None, record_type: RecordType) -> Any:
    """The record's own fields; money as minor units with its currency."""
    if record is None:
        return None
    shown = {
        field.column: record.get(field.column)
        if field.kind != "money"
        else {"minor": record.get(field.column), "currency": record.get("currency")}
        for field in record_type.fields
    }
    return {**shown, **({"custom": record["custom"]} if record.get("custom") else {})}


def present_review(row: Mapping[str, Any]) -> ReviewItem:
    """A row of the queue; a record that has not come yet has no code of its own."""
    words = explain(row["reason"] or "needs_review")
    base = f"/v1/feeds/{row['import_id']}" if row["is_feed"] else f"/v1/imports/{row['import_id']}"
    return ReviewItem(
        import_id=row["import_id"],
        record_type=row["record_type"],
        row=row["row"],
        outcome="held" if row["action"] == "hold" else "parked",
        code=row["reason"],
        sentence=words.sentence,
        way_on=words.way_on,
        since=_time(row["since"]),
        assignee=row["assignee"],
        note=row["note"],
        cursor=f"{row['import_id']}:{row['row']}",
        links={"import": base, "row": f"{base}/rows?starting_after={row['row'] - 1}&limit=1"},
    )


def present_templates() -> list[dict[str, Any]]:
    return [present_template(item) for item in record_types().values()]


def present_template(record_type: RecordType) -> dict[str, Any]:
    """A record type with its fields: what they mean, which are required, and a sample."""
    return {
        "record_type": record_type.name,
        "title": record_type.title,
        "match_keys": list(record_type.match_keys),
        "custom_fields": record_type.custom_fields,
        "fields": present_fields(record_type),
        "links": {"csv": f"/v1/templates/{record_type.name}.csv"},
    }


def present_fields(record_type: RecordType) -> list[dict[str, Any]]:
    return [
        {
            "name": field.name,
            "kind": field.kind,
            "description": field.description,
            "required": field.required,
            "sample": field.sample,
            "aliases": list(field.aliases),
            "choices": [name for name, _ in field.choices],
        }
        for field in record_type.fields
    ]


def _time(moment: datetime) -> str:
    """RFC 3339 in UTC."""
    return moment.isoformat().replace("+00:00", "Z")


def _time_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else _time(moment)
