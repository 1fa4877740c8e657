"""Live lane, validator → ledger: the verdict on one upstream record."""

from typing import Literal

from contracts.envelope import Message
from contracts.verdict import Remark


class RecordJudged(Message):
    """Carries the submission's identity and a fingerprint of its content (sha256, hex)."""

    source: str
    event_id: str
    fingerprint: str
    verdict: Literal["accepted", "rejected"]
    record_type: str
    reference: str | None = None
    values: list[str | None]
    custom: dict[str, str] | None = None
    warnings: list[Remark] = []
    violations: list[Remark] = []
    cells: dict[str, str | None] = {}
    received_at: str
