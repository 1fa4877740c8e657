"""Public, ledger → subscribers: an import was planned, or completed."""

from uuid import UUID

from contracts.envelope import Message


class ImportPlanned(Message):
    import_id: UUID
    record_type: str
    plan_id: UUID
    revision: int
    counts: dict[str, int]


class ImportCompleted(Message):
    """`counts` are the rows by outcome at completion; they never change. Amounts: minor units."""

    import_id: UUID
    record_type: str
    plan_id: UUID
    counts: dict[str, int]
    amounts: dict[str, dict[str, int]]
    watermark: int
