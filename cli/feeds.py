"""`ledgerport feeds …`: what upstream sources have sent, per day and record type."""

from typing import Annotated

import typer

from cli.amounts import in_major_units
from cli.session import Session, add_command
from contracts.api.imports import BUCKETS

_NAMES = ("in", *BUCKETS, "posted")


def build_group() -> typer.Typer:
    group = typer.Typer(name="feeds", help="Upstream records per day.", no_args_is_help=True)
    add_command(group, "list")(list_feeds)
    add_command(group, "show")(show_feed)
    return group


def list_feeds(
    session: Session,
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
) -> None:
    """The latest feeds."""
    asked = {"source": source} if source else {}
    found = list(session.api.iterate("/v1/feeds", asked, limit=limit))
    if session.output.as_json:
        session.output.data(found)
        return
    rows = [
        (
            item["id"],
            item.get("source"),
            item.get("day"),
            item.get("record_type"),
            f"{int(item.get('rows') or 0):,}",
        )
        for item in found
    ]
    session.output.table(("id", "source", "day", "type", "rows"), rows, numeric=("rows",))


def show_feed(
    session: Session, feed_id: Annotated[str, typer.Argument(metavar="FEED", help="Its id.")]
) -> None:
    """Counts, amounts and findings of one feed."""
    view = session.api.get(f"/v1/feeds/{feed_id}")
    output = session.output
    if output.as_json:
        output.data(view)
        return
    output.line(f"feed {view['id']}", "bold")
    output.facts([(name, view.get(name)) for name in ("source", "day", "record_type")])
    counts = view["counts"]
    output.table(
        ("rows", "number"),
        [(name, f"{counts.get(name, 0):,}") for name in ("rows", *BUCKETS)],
        numeric=("number",),
    )
    amounts = [
        (currency, *(in_major_units(sums.get(name, 0), currency) for name in _NAMES))
        for currency, sums in sorted(view["amounts"].items())
    ]
    output.table(("amounts", *_NAMES), amounts, numeric=_NAMES)
    findings = [
        (item["code"], item.get("field"), item["rows"], item.get("sample"))
        for item in view["findings"]
    ]
    if findings:
        output.table(("finding", "field", "rows", "e.g. row"), findings)
