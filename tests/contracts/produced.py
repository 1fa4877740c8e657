"""One message per topic as its producer's own code writes it; the tests are elsewhere."""

import asyncio
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from cli.submissions import Submission, send
from contracts.envelope import READING_HEADER, Reading
from contracts.events.import_lifecycle import (
    CancellationRequested,
    CompletionRequested,
    ImportOpened,
    OptionsChanged,
    RevertRequested,
    RevisionRead,
    RowsCorrected,
    RowsDismissed,
    RowsReleased,
    SourceFile,
)
from contracts.events.imports import ImportCompleted, ImportPlanned, ImportReverted
from contracts.events.records_settled import RecordSettled, SettledFinding
from contracts.topics import TOPICS, Topic
from services.exporter.domain.announcements import (
    announce_failure,
    announce_ready,
    describe_failure,
)
from services.exporter.domain.exports import ExportRecord, Failure
from services.ingest.domain.mappings import RowLayout
from services.ingest.domain.row_messages import RowEncoder
from services.ledger.domain.announcements import (
    ChangeAnnouncer,
    announce_completion,
    announce_plan,
    announce_revert,
    announce_settlement,
)
from services.validator.domain.rows import compile_judge
from services.validator.domain.submissions import Submission as Submitted
from services.validator.domain.submissions import judge_submission

IMPORT = uuid.UUID("01935d1c-7a00-7000-8000-000000000001")
PLAN = uuid.UUID("01935d1c-7a00-7000-8000-000000000002")
EXPORT = uuid.UUID("01935d1c-7a00-7000-8000-000000000003")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FIELDS = ("AccountNumber", "AccountName", "Balance", "CustomParameter1")


@dataclass(frozen=True)
class Sample:
    """A message as it lies on its topic."""

    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


def reading() -> Reading:
    return Reading(import_id=IMPORT, revision=1, record_type="accounts", fields=FIELDS)


def produce_rows_received() -> dict[str, Sample]:
    layout = RowLayout(FIELDS, (0, 1, 2, 3), (), (2,))
    rows = [["AC-1", "ABC", "$1,250.00", "Value1"], ["AC-2", "DEF", "1", "2"]]
    found = {1: ("ragged_long", "Too many cells.", ["AC-2", "DEF", "1", "2", "3"])}
    plain, odd = RowEncoder(layout, lambda cell: cell).encode(1, rows, found)
    return {"plain": in_bulk(plain), "too-long": in_bulk(odd)}


def in_bulk(value: bytes) -> Sample:
    return Sample(value, headers=((READING_HEADER, reading().to_header()),))


def produce_rows_judged() -> dict[str, Sample]:
    rows: list[list[Any]] = [
        [1, 1, ["AC-1", "ABC", "$1,250.00", "Value1"], [["repaired", "Joined again."]]],
        [2, 1, ["AC-2", "", "12x", ""]],
    ]
    accepted, rejected = compile_judge(reading()).judge(rows)
    return {"accepted": in_bulk(accepted), "rejected": in_bulk(rejected)}


def produce_import_lifecycle() -> dict[str, Sample]:
    steps = {
        "opened": ImportOpened(
            import_id=IMPORT,
            record_type="accounts",
            config={"record_type": "accounts", "mode": "upsert"},
            file=SourceFile(bytes=1200, sha256="0" * 64),
            actor="pat@example.com",
            opened_at="2026-01-02T03:04:05Z",
        ),
        "read": RevisionRead(import_id=IMPORT, revision=1, rows=2, default_currency="USD"),
        "options-changed": OptionsChanged(
            import_id=IMPORT,
            config={"record_type": "accounts"},
            config_version=2,
            actor="pat@example.com",
        ),
        "completion-requested": CompletionRequested(
            import_id=IMPORT, plan_id=PLAN, actor="pat@example.com"
        ),
        "cancellation-requested": CancellationRequested(import_id=IMPORT, actor="pat@example.com"),
        "rows-corrected": RowsCorrected(
            import_id=IMPORT,
            revision=1,
            attempts=[(2, 2)],
            config_version=3,
            actor="pat@example.com",
        ),
        "rows-released": RowsReleased(import_id=IMPORT, rows=[2, 3], actor="pat@example.com"),
        "rows-dismissed": RowsDismissed(import_id=IMPORT, rows=[4], actor="pat@example.com"),
        "revert-requested": RevertRequested(import_id=IMPORT, actor="pat@example.com"),
    }
    key = str(IMPORT).encode()
    return {name: Sample(step.model_dump_json().encode(), key) for name, step in steps.items()}


class RecordingProducer:
    """Takes what the command line sends, as a producer's `send` does."""

    def __init__(self) -> None:
        self.sent: list[Sample] = []

    async def send(
        self, _topic: str, *, key: bytes, value: bytes, headers: list[tuple[str, bytes]]
    ) -> None:
        self.sent.append(Sample(value, key, tuple(headers)))


def produce_records_submitted() -> dict[str, Sample]:
    record = {"AccountNumber": "AC-1", "AccountName": "ABC", "Balance": "1250.00"}
    producer: Any = RecordingProducer()
    asyncio.run(send(producer, Submission("/crm", "evt-1", "accounts", record)))
    (sample,) = producer.sent
    # The command line stamps the time of sending.
    headers = {**dict(sample.headers), "ce_time": b"2026-01-02T03:04:05Z"}
    return {"account": Sample(sample.value, sample.key, tuple(headers.items()))}


def produce_records_judged() -> dict[str, Sample]:
    records: dict[str, dict[str, Any]] = {
        "accepted": {"AccountNumber": "AC-1", "AccountName": "ABC", "Balance": "1250.00"},
        "rejected": {"AccountNumber": "AC-1", "Balance": 12.5, "Colour": "red"},
    }
    return {
        name: Sample(
            judge_submission(
                Submitted("/crm", "evt-1", "accounts", record), received_at="2026-01-02T03:04:05Z"
            )
            .model_dump_json()
            .encode(),
            b"AC-1",
        )
        for name, record in records.items()
    }


def sample_of(message: Any) -> Sample:
    return Sample(message.value, message.key, tuple(message.headers))


def produce_records_settled() -> dict[str, Sample]:
    settled = RecordSettled(
        ce_source="/crm",
        ce_id="evt-1",
        record_type="accounts",
        reference="AC-1",
        outcome="rejected",
        findings=[SettledFinding(code="required", field="AccountName", sentence="It is missing.")],
        record_id=None,
        feed_id=str(IMPORT),
    )
    return {"rejected": sample_of(announce_settlement(settled, NOW))}


def produce_imports_planned() -> dict[str, Sample]:
    planned = ImportPlanned(
        import_id=IMPORT, record_type="accounts", plan_id=PLAN, revision=1, counts={"created": 2}
    )
    return {"planned": sample_of(announce_plan(planned, NOW))}


def produce_imports_completed() -> dict[str, Sample]:
    completed = ImportCompleted(
        import_id=IMPORT,
        record_type="accounts",
        plan_id=PLAN,
        counts={"created": 1, "rejected": 1},
        amounts={"USD": {"in": 125000, "created": 125000}},
        watermark=7,
    )
    return {"completed": sample_of(announce_completion(completed, NOW))}


def produce_imports_reverted() -> dict[str, Sample]:
    reverted = ImportReverted(
        import_id=IMPORT,
        record_type="accounts",
        counts={"reversed": 1, "kept": 1, "withdrawn": 0},
        amounts={"USD": {"reversed": -125000, "kept": 5000}},
        watermark=9,
    )
    return {"reverted": sample_of(announce_revert(reverted, NOW))}


def produce_ledger_changed() -> dict[str, Sample]:
    announcer = ChangeAnnouncer(
        import_id=IMPORT, record_type="accounts", watermark=7, applied_at=NOW
    )
    message = announcer.announce(row=1, record_id=42, reference="AC-1", version=1, change="created")
    return {"created": sample_of(message)}


def export_record() -> ExportRecord:
    facts: dict[str, Any] = {
        "id": EXPORT,
        "state": "ready",
        "query": {"dataset": "accounts", "format": "csv"},
        "actor": "pat@example.com",
        "source": "/bi",
        "event_id": "ask-1",
        "file_name": "accounts.csv",
        "rows": 2,
        "bytes": 120,
        "sha256": "0" * 64,
        "watermark": 7,
        "attempts": 1,
        "created_at": NOW,
        "ready_at": NOW,
        "expires_at": NOW,
    }
    names = ExportRecord.__dataclass_fields__
    return ExportRecord(**{name: facts.get(name) for name in names})


def produce_exports_requested() -> dict[str, Sample]:
    """Downstream systems write it: the how-to's own example."""
    headers = (
        ("ce_specversion", b"1.0"),
        ("ce_id", b"ask-1"),
        ("ce_source", b"/bi"),
        ("ce_type", b"ledgerport.exports-requested.v1"),
        ("ce_time", b"2026-01-02T03:04:05Z"),
        ("content-type", b"application/json"),
    )
    query = {"dataset": "accounts", "format": "csv", "filter": {"status": "Active"}}
    return {"accounts": Sample(orjson.dumps({"query": query}), b"bi", headers)}


def produce_exports_ready() -> dict[str, Sample]:
    message = announce_ready(export_record(), "https://ledgerport.example.com")
    return {"ready": sample_of(message)}


def produce_exports_failed() -> dict[str, Sample]:
    failure = Failure("unknown_column", "There is no such column.", "Choose a listed one.")
    event = describe_failure(export_record(), failure)
    return {"failed": sample_of(announce_failure(event, NOW))}


def file_stem(topic: Topic) -> str:
    return topic.name.partition(".")[2]


PRODUCERS: Mapping[str, Callable[[], dict[str, Sample]]] = {
    "rows-received.v1": produce_rows_received,
    "rows-judged.v1": produce_rows_judged,
    "import-lifecycle.v1": produce_import_lifecycle,
    "records-submitted.v1": produce_records_submitted,
    "records-judged.v1": produce_records_judged,
    "records-settled.v1": produce_records_settled,
    "imports-planned.v1": produce_imports_planned,
    "imports-completed.v1": produce_imports_completed,
    "imports-reverted.v1": produce_imports_reverted,
    "ledger-changed.v1": produce_ledger_changed,
    "exports-requested.v1": produce_exports_requested,
    "exports-ready.v1": produce_exports_ready,
    "exports-failed.v1": produce_exports_failed,
}
assert set(PRODUCERS) == {file_stem(topic) for topic in TOPICS}, "each topic has its producer here"
