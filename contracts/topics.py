"""The topics: event, key, partitions, retention, who writes, who reads, and whether personal data
may be in it.
"""

from dataclasses import dataclass

PREFIX = "ledgerport."
HOUR = 1
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `key` says in words what routes a message; a consumed topic has a `.dlq` twin."""

    name: str
    event: str
    key: str
    partitions: int
    retention_hours: int
    producer: str
    consumers: tuple[str, ...]
    public: bool
    personal_data: bool

    @property
    def consumed(self) -> bool:
        return bool(self.consumers)

    @property
    def dead_letters(self) -> str:
        return f"{self.name}.dlq"

    @property
    def event_type(self) -> str:
        """The CloudEvents type: the topic's own name."""
        return self.name


ROWS_RECEIVED = Topic(
    name="ledgerport.rows-received.v1",
    event="contracts.events.rows_received:RowReceived",
    key="none; a read lays its rows on the partitions batch by batch",
    partitions=4,
    retention_hours=3 * DAY,
    producer="ingest",
    consumers=("validator",),
    public=False,
    personal_data=True,
)
ROWS_JUDGED = Topic(
    name="ledgerport.rows-judged.v1",
    event="contracts.events.rows_judged:RowJudged",
    key="none; the partition number of the row that was judged",
    partitions=4,
    retention_hours=3 * DAY,
    producer="validator",
    consumers=("ledger",),
    public=False,
    personal_data=True,
)
IMPORT_LIFECYCLE = Topic(
    name="ledgerport.import-lifecycle.v1",
    event="contracts.events.import_lifecycle:ImportLifecycle",
    key="import id",
    partitions=4,
    retention_hours=30 * DAY,
    producer="ingest",
    consumers=("ledger",),
    public=False,
    personal_data=False,
)
RECORDS_SUBMITTED = Topic(
    name="ledgerport.records-submitted.v1",
    event="contracts.events.records_submitted:RecordSubmitted",
    key="account number",
    partitions=4,
    retention_hours=7 * DAY,
    producer="upstream systems",
    consumers=("validator",),
    public=True,
    personal_data=True,
)
RECORDS_JUDGED = Topic(
    name="ledgerport.records-judged.v1",
    event="contracts.events.records_judged:RecordJudged",
    key="account number, as submitted",
    partitions=4,
    retention_hours=7 * DAY,
    producer="validator",
    consumers=("ledger",),
    public=False,
    personal_data=True,
)
RECORDS_SETTLED = Topic(
    name="ledgerport.records-settled.v1",
    event="contracts.events.records_settled:RecordSettled",
    key="source and id of the submission",
    partitions=4,
    retention_hours=7 * DAY,
    producer="ledger",
    consumers=(),
    public=True,
    personal_data=False,
)
IMPORTS_PLANNED = Topic(
    name="ledgerport.imports-planned.v1",
    event="contracts.events.imports:ImportPlanned",
    key="import id",
    partitions=1,
    retention_hours=30 * DAY,
    producer="ledger",
    consumers=(),
    public=True,
    personal_data=False,
)
IMPORTS_COMPLETED = Topic(
    name="ledgerport.imports-completed.v1",
    event="contracts.events.imports:ImportCompleted",
    key="import id",
    partitions=1,
    retention_hours=30 * DAY,
    producer="ledger",
    consumers=(),
    public=True,
    personal_data=False,
)
IMPORTS_REVERTED = Topic(
    name="ledgerport.imports-reverted.v1",
    event="contracts.events.imports:ImportReverted",
    key="import id",
    partitions=1,
    retention_hours=30 * DAY,
    producer="ledger",
    consumers=(),
    public=True,
    personal_data=False,
)
LEDGER_CHANGED = Topic(
    name="ledgerport.ledger-changed.v1",
    event="contracts.events.ledger_changed:LedgerChanged",
    key="record type and id",
    partitions=4,
    retention_hours=7 * DAY,
    producer="ledger",
    consumers=(),
    public=True,
    personal_data=False,
)
EXPORTS_REQUESTED = Topic(
    name="ledgerport.exports-requested.v1",
    event="contracts.events.exports:ExportRequested",
    key="any",
    partitions=1,
    retention_hours=7 * DAY,
    producer="downstream systems",
    consumers=("exporter",),
    public=True,
    personal_data=False,
)
EXPORTS_READY = Topic(
    name="ledgerport.exports-ready.v1",
    event="contracts.events.exports:ExportReady",
    key="export id",
    partitions=1,
    retention_hours=30 * DAY,
    producer="exporter",
    consumers=(),
    public=True,
    personal_data=False,
)
EXPORTS_FAILED = Topic(
    name="ledgerport.exports-failed.v1",
    event="contracts.events.exports:ExportFailed",
    key="export id",
    partitions=1,
    retention_hours=30 * DAY,
    producer="exporter",
    consumers=(),
    public=True,
    personal_data=False,
)

TOPICS: tuple[Topic, ...] = (
    ROWS_RECEIVED,
    ROWS_JUDGED,
    IMPORT_LIFECYCLE,
    RECORDS_SUBMITTED,
    RECORDS_JUDGED,
    RECORDS_SETTLED,
    IMPORTS_PLANNED,
    IMPORTS_COMPLETED,
    IMPORTS_REVERTED,
    LEDGER_CHANGED,
    EXPORTS_REQUESTED,
    EXPORTS_READY,
    EXPORTS_FAILED,
)
