"""The words of the ledger's public events: repeatable ids, so that a repeat is recognised."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from contracts.envelope import cloud_event_headers
from contracts.events.imports import ImportCompleted, ImportPlanned, ImportReverted
from contracts.events.records_settled import RecordSettled, SettledFinding
from contracts.findings import explain
from contracts.topics import (
    IMPORTS_COMPLETED,
    IMPORTS_PLANNED,
    IMPORTS_REVERTED,
    LEDGER_CHANGED,
    RECORDS_SETTLED,
    Topic,
)
from services.chassis.publishing import OutboundMessage
from services.ledger.domain.summary import BUCKET_OF_ACTION

SOURCE = "/ledgerport/ledger"


def rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def announce_plan(event: ImportPlanned, moment: datetime) -> OutboundMessage:
    return _announce(IMPORTS_PLANNED, f"planned/{event.plan_id}", event, moment)


def announce_completion(event: ImportCompleted, moment: datetime) -> OutboundMessage:
    return _announce(IMPORTS_COMPLETED, f"completed/{event.import_id}", event, moment)


def announce_revert(event: ImportReverted, moment: datetime) -> OutboundMessage:
    return _announce(IMPORTS_REVERTED, f"reverted/{event.import_id}", event, moment)


def _announce(
    topic: Topic,
    event_id: str,
    event: ImportPlanned | ImportCompleted | ImportReverted,
    moment: datetime,
) -> OutboundMessage:
    """What concerns a whole import; keyed by it."""
    return OutboundMessage(
        topic=topic.name,
        key=str(event.import_id).encode(),
        value=event.model_dump_json().encode(),
        headers=cloud_event_headers(
            event_id=event_id,
            source=SOURCE,
            event_type=topic.event_type,
            time=rfc3339(moment),
        ),
    )


class ChangeAnnouncer:
    """Messages on `ledger-changed` for the rows of one applied range; made for speed.

    A row changes one record once, and a revert undoes it once, so (import, row) with a `suffix`
    for the second names its event for ever.
    """

    def __init__(
        self,
        *,
        import_id: UUID,
        record_type: str,
        watermark: int,
        applied_at: datetime,
        suffix: str = "",
    ) -> None:
        self._suffix = suffix
        self._import_id = str(import_id)
        self._record_type = record_type
        self._watermark = watermark
        self._headers = dict(
            cloud_event_headers(
                event_id="",
                source=SOURCE,
                event_type=LEDGER_CHANGED.event_type,
                time=rfc3339(applied_at),
            )
        )

    def announce(
        self, *, row: int, record_id: int, reference: str, version: int, change: str
    ) -> OutboundMessage:
        headers = self._headers
        value = {
            "record_type": self._record_type,
            "id": str(record_id),
            "reference": reference,
            "version": version,
            "watermark": self._watermark,
            "change": change,
            "import_id": self._import_id,
            "row": row,
        }
        return OutboundMessage(
            topic=LEDGER_CHANGED.name,
            key=f"{self._record_type}/{record_id}".encode(),
            value=orjson.dumps(value),
            headers=(
                ("ce_specversion", headers["ce_specversion"]),
                ("ce_id", f"{self._import_id}/{row}{self._suffix}".encode()),
                ("ce_source", headers["ce_source"]),
                ("ce_type", headers["ce_type"]),
                ("ce_time", headers["ce_time"]),
                ("content-type", headers["content-type"]),
            ),
        )


def announce_settlement(settled: RecordSettled, moment: datetime) -> OutboundMessage:
    """The answer to one submission; its id repeats that of the submission."""
    return OutboundMessage(
        topic=RECORDS_SETTLED.name,
        key=f"{settled.ce_source}/{settled.ce_id}".encode(),
        value=settled.model_dump_json().encode(),
        headers=cloud_event_headers(
            event_id=f"settled/{settled.outcome}/{settled.feed_id}/{settled.ce_id}"[:200],
            source=SOURCE,
            event_type=RECORDS_SETTLED.event_type,
            time=rfc3339(moment),
        ),
    )


def settle(
    row: dict[str, Any], *, record_type: str, feed_id: UUID, record_id: int | None
) -> RecordSettled:
    """What became of a submission, from its plan row and its remarks."""
    remarks: list[list[Any]] = [*(row["violations"] or []), *(row["warnings"] or [])]
    findings = [
        SettledFinding(field=remark[0], code=remark[1], sentence=remark[2]) for remark in remarks
    ]
    if row["reason"]:
        findings.append(
            SettledFinding(code=row["reason"], sentence=explain(row["reason"]).sentence)
        )
    return RecordSettled(
        ce_source=row["source"],
        ce_id=row["event_id"],
        record_type=_as_submitted(remarks) or record_type,
        reference=row["reference"],
        outcome=BUCKET_OF_ACTION[row["action"]],  # pyright: ignore[reportArgumentType]
        findings=findings,
        record_id=None if record_id is None else str(record_id),
        feed_id=str(feed_id),
    )


def _as_submitted(remarks: list[list[Any]]) -> str | None:
    """A record type that is not known: records of all such types share one feed."""
    return next((remark[3] for remark in remarks if remark[1] == "unknown_record_type"), None)
