"""Public, ledger → subscribers: one committed change of one record."""

from typing import Literal
from uuid import UUID

from contracts.envelope import Message


class LedgerChanged(Message):
    """Changes of one record are ordered by `version`, all of them by `watermark`.

    `import_id` names the import or the feed, `row` the row of it that made the change.
    """

    record_type: str
    id: str
    reference: str
    version: int
    watermark: int
    change: Literal["created", "updated", "withdrawn", "restored"]
    import_id: UUID
    row: int
