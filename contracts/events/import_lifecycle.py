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
    """The whole upload was read with this revision's mapping: so many rows were sent."""

    kind: Literal["read"] = "read"
    import_id: UUID
    revision: int
    rows: int
    default_currency: str


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


ImportLifecycle = Annotated[
    ImportOpened | RevisionRead | OptionsChanged | CompletionRequested | CancellationRequested,
    Field(discriminator="kind"),
]
IMPORT_LIFECYCLE: TypeAdapter[
    ImportOpened | RevisionRead | OptionsChanged | CompletionRequested | CancellationRequested
] = TypeAdapter(ImportLifecycle)
