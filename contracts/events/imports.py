"""Public, ledger → subscribers: an import was planned, completed, or reverted."""

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


class ImportReverted(Message):
    """`counts`: rows `reversed`, `kept` as they were touched since, and `withdrawn` while waiting.

    `amounts`, per currency in minor units: `reversed`, the sum of the counter-postings, and
    `kept`, what is left of the import's postings. `import_id` may be a feed's.
    """

    import_id: UUID
    record_type: str
    counts: dict[str, int]
    amounts: dict[str, dict[str, int]]
    watermark: int
