"""Public, ledger → upstream systems: what became of one submitted record."""

from typing import Literal

from contracts.envelope import Message

Outcome = Literal["created", "updated", "unchanged", "skipped", "rejected", "held", "parked"]


class SettledFinding(Message):
    code: str
    field: str | None = None
    sentence: str


class RecordSettled(Message):
    """`ce_source` and `ce_id` are those of the submission; no personal data but the reference."""

    ce_source: str
    ce_id: str
    record_type: str
    reference: str | None
    outcome: Outcome
    findings: list[SettledFinding]
    record_id: str | None
    feed_id: str
