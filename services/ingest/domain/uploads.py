"""What ingest knows of an upload, and what the ledger publishes of the import that it became."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from contracts.api.imports import ImportConfig
from services.ingest.domain.configuration import load_config
from services.ingest.domain.mappings import Targets

PAST_COMPLETION: Final = ("completing", "completed", "reverting", "reverted")

OwnState = Literal["mapping", "reading", "read", "failed"]


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload with its current revision; `table` is the file's shape, null if it has none yet.

    `rows` is set when the revision has been read, `rows_read` says how far reading has come.
    """

    import_id: UUID
    record_type: str
    state: OwnState
    revision: int
    actor: str
    created_at: datetime
    file_name: str
    file_bytes: int
    file_sha256: str
    config: dict[str, Any]
    config_version: int
    targets: Targets
    table: dict[str, Any] | None
    rows_read: int
    rows: int | None
    failure: dict[str, str] | None
    corrects: UUID | None
    completion_plan: UUID | None
    cancelled_at: datetime | None
    revert_asked_at: datetime | None = None

    @property
    def options(self) -> ImportConfig:
        return load_config(self.config)

    @property
    def columns(self) -> list[str]:
        return [column for column, _ in self.targets]

    @property
    def completes_itself(self) -> bool:
        return self.config.get("complete") == "automatic"

    @property
    def overridden(self) -> bool:
        return bool(self.config.get("control_override"))


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """A row of `ledger_v1.imports`; the columns mean what contracts/views.py says."""

    import_id: UUID
    state: str
    revision: int | None
    rows_expected: int | None
    rows_staged: int
    plan_id: UUID | None
    plan_made_at: datetime | None
    counts: dict[str, int]
    amounts: dict[str, dict[str, int]]
    warnings: int
    findings: list[dict[str, Any]]
    control: dict[str, Any] | None
    as_completed: dict[str, Any] | None
    ready_at: datetime | None
    completed_at: datetime | None
    applied_rows: int
    config_version: int | None
    revert: dict[str, Any] | None = None
    reverted_at: datetime | None = None
    reverted_rows: int = 0
    validators: tuple[str, ...] = ()

    @property
    def is_past_completion(self) -> bool:
        return self.state in PAST_COMPLETION


@dataclass(frozen=True, slots=True)
class Import:
    """Both halves of an import; the ledger may not have heard of it yet."""

    upload: Upload
    ledger: LedgerFacts | None

    @property
    def plan(self) -> LedgerFacts | None:
        """The ledger's facts, if they hold a plan of the newest revision and options."""
        ledger, upload = self.ledger, self.upload
        if ledger is None or ledger.plan_id is None:
            return None
        if ledger.is_past_completion:
            return ledger
        if ledger.config_version != upload.config_version:
            return None
        if upload.state in ("mapping", "reading") or ledger.revision != upload.revision:
            return None
        return ledger
