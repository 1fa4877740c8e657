"""`ledgerport records history|lineage`: what became of a record, and where its values come from."""

import json
from typing import Annotated, Any, cast

import typer

from cli.amounts import with_currency
from cli.api import Json
from cli.session import Session, add_command

RecordType = Annotated[str, typer.Argument(metavar="TYPE", help="Such as accounts.")]
RecordId = Annotated[str, typer.Argument(metavar="ID", help="The record's id.")]


def add_to(group: typer.Typer) -> None:
    add_command(group, "history")(show_history)
    add_command(group, "lineage")(show_lineage)


def show_history(session: Session, record_type: RecordType, record_id: RecordId) -> None:
    """Every change of a record, the newest first, and its postings."""
    view = session.api.get(f"/v1/{record_type}/{record_id}/history")
    output = session.output
    if output.as_json:
        output.data(view)
        return
    output.table(
        ("version", "change", "when", "who", "import", "row", "what"),
        [
            (
                item["version"],
                item["change"],
                item["changed_at"],
                item["actor"],
                item["import_id"],
                item["row"],
                _describe(item),
            )
            for item in view["changes"]
        ],
    )
    output.line()
    output.table(
        ("posted", "kind", "amount", "import", "row", "reverses"),
        [
            (
                item["posted_at"],
                item["kind"],
                with_currency(item["minor"], item["currency"]),
                item["import_id"],
                item["row"],
                item["reverses"] and f"entry {item['reverses']['entry']} of the row",
            )
            for item in view["postings"]
        ],
        numeric=("amount",),
    )


def show_lineage(session: Session, record_type: RecordType, record_id: RecordId) -> None:
    """Each value of a record with the file, row and column, or the event, that it came from."""
    view = session.api.get(f"/v1/{record_type}/{record_id}/lineage")
    output = session.output
    if output.as_json:
        output.data(view)
        return
    record = view["record"]
    output.line(f"{record['record_type']} {record['id']}: {record['reference']}", "bold")
    output.table(
        ("field", "value", "from", "row", "column", "raw", "who", "when"),
        [_lineage_row(item) for item in view["fields"] if item["value"] is not None],
    )


def _describe(change: Json) -> str:
    """The fields that differ; of a creation they are all new."""
    if change["before"] is None:
        return ""
    before, after = change["before"], change["after"]
    return ", ".join(
        f"{name}: {_in_words(before.get(name))} → {_in_words(after[name])}"
        for name in change["changed"]
    )


def _lineage_row(item: Json) -> tuple[Any, ...]:
    source = cast(Json, item["source"] or {})
    rule, file = item["rule"], cast(Json, source.get("file") or {})
    place = file.get("name") or source.get("ce_source")
    if rule is not None:
        place = f"{rule['code']}, {place}" if place else rule["code"]
    return (
        item["field"],
        _in_words(item["value"]),
        place,
        source.get("row"),
        source.get("column"),
        source.get("raw") if file else item["judged"],
        source.get("actor"),
        source.get("changed_at"),
    )


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        money = cast(Json, value)
        if money.keys() == {"minor", "currency"} and money["minor"] is not None:
            return with_currency(money["minor"], money["currency"])
        return json.dumps(money, ensure_ascii=False)
    return "none" if value is None else str(value)
