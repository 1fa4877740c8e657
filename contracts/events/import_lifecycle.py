"""Internal, ingest → ledger: the life of an import. One topic, keyed by import, as order
matters.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from contracts.envelope import Message


class SourceFile(Message):
    """Without its name, which may tell of a person and would stay on the topic."""

    bytes: int
    sha256: str


class ImportOpened(Message):
    """An upload is stored; `config` is contracts.api.imports.ImportConfig as JSON."""

    kind: Literal["opened"] = "opened"
    import_id: UUID
    record_type: str
    config: dict[str, Any]
    file: SourceFile
    actor: str
    corrects: UUID | None = None
    opened_at: str


class RevisionRead(Message):
    """The whole upload was read with this revision's mapping: so many rows were sent.

    `trailer` is what the file's own trailer row says of it, in the shape of
    contracts.api.imports.Expected.
    """

    kind: Literal["read"] = "read"
    import_id: UUID
    revision: int
    rows: int
    default_currency: str
    trailer: dict[str, Any] | None = None


class OptionsChanged(Message):
    """Options that do not change the reading: the next plan uses them.

    `config_version` counts the changes of an import, from 2 on; its plan says which it was made by.
    """

    kind: Literal["options_changed"] = "options_changed"
    import_id: UUID
    config: dict[str, Any]
    config_version: int
    actor: str


class CompletionRequested(Message):
    kind: Literal["completion_requested"] = "completion_requested"
    import_id: UUID
    plan_id: UUID
    actor: str


class CancellationRequested(Message):
    kind: Literal["cancellation_requested"] = "cancellation_requested"
    import_id: UUID
    actor: str


class RowsCorrected(Message):
    """Rows were corrected before completion: of each the named attempt counts, and is awaited.

    The import's plan is overtaken; the next one is made when all of these attempts are there.
    """

    kind: Literal["rows_corrected"] = "rows_corrected"
    import_id: UUID
    revision: int
    attempts: list[tuple[int, int]]
    config_version: int
    actor: str


class RowsReleased(Message):
    """Held or parked rows of a completed import are to be looked at again, and booked if they can.

    What was held for a person's word (a balance, a possible duplicate) is booked as the row says.
    """

    kind: Literal["rows_released"] = "rows_released"
    import_id: UUID
    rows: list[int]
    actor: str


class RowsDismissed(Message):
    """Held or parked rows of a completed import are rejected by a person."""

    kind: Literal["rows_dismissed"] = "rows_dismissed"
    import_id: UUID
    rows: list[int]
    actor: str


class RevertRequested(Message):
    """What a completed import did is to be undone by compensation."""

    kind: Literal["revert_requested"] = "revert_requested"
    import_id: UUID
    actor: str


AnyStep = (
    ImportOpened
    | RevisionRead
    | OptionsChanged
    | CompletionRequested
    | CancellationRequested
    | RowsCorrected
    | RowsReleased
    | RowsDismissed
    | RevertRequested
)
ImportLifecycle = Annotated[AnyStep, Field(discriminator="kind")]
IMPORT_LIFECYCLE: TypeAdapter[AnyStep] = TypeAdapter(ImportLifecycle)
