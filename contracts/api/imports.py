"""Bodies of `/v1/imports`: an import's configuration, and what it answers with."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from contracts.api.model import Body

BUCKETS = ("created", "updated", "unchanged", "skipped", "rejected", "held", "parked")
Bucket = Literal["created", "updated", "unchanged", "skipped", "rejected", "held", "parked"]
STATES = (
    "received",
    "mapping",
    "reading",
    "ready",
    "completing",
    "completed",
    "cancelled",
    "failed",
    "reverting",
    "reverted",
)
State = Literal[
    "received",
    "mapping",
    "reading",
    "ready",
    "completing",
    "completed",
    "cancelled",
    "failed",
    "reverting",
    "reverted",
]
FINAL_STATES = ("completed", "cancelled", "reverted", "failed")
Name = Annotated[str, StringConstraints(min_length=1, max_length=300)]
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
AmountText = Annotated[str, StringConstraints(pattern=r"^-?\d{1,24}(\.\d{1,6})?$")]


class ImportFormats(Body):
    """How the file writes its values; an unset currency is the agency's."""

    date: Annotated[str, StringConstraints(min_length=1, max_length=40)] = "ISO 8601"
    decimal: Annotated[str, StringConstraints(min_length=1, max_length=40)] = "1,234.56"
    currency: CurrencyCode | None = None


class Expected(Body):
    """Control totals; amounts in major units as exact text, by currency."""

    rows: int | None = Field(default=None, ge=0, le=10**9)
    amounts: dict[CurrencyCode, AmountText] = Field(default={}, max_length=50)


class TableOverrides(Body):
    """What the person corrects of the detected shape of a CSV file; header_row 0 means none."""

    encoding: Annotated[str, StringConstraints(max_length=40)] | None = None
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = None
    header_row: int | None = Field(default=None, ge=0, le=1000)


class Trailer(Body):
    """Where a file's last row says its control totals; cells are counted from 1.

    The row is known by its first cell, compared without regard to case; it is not imported.
    """

    marker: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    rows_cell: int | None = Field(default=None, ge=2, le=10_000)
    amount_cell: int | None = Field(default=None, ge=2, le=10_000)
    currency: CurrencyCode | None = None


class ImportOptions(Body):
    """The options that may be changed until completion."""

    mode: Literal["upsert", "update_existing", "create_new", "skip_duplicates"] = "upsert"
    match_by: list[Name] | None = Field(default=None, max_length=10)
    duplicates_in_file: Literal["last", "first", "reject_all"] = "last"
    on_error: Literal["skip", "log", "review"] = "skip"
    mapping: dict[str, Name | None] | None = Field(default=None, max_length=1000)
    constants: dict[Name, Annotated[str, StringConstraints(max_length=4000)]] = Field(
        default={}, max_length=100
    )
    formats: ImportFormats = ImportFormats()
    empty_cells: Literal["keep", "clear"] | dict[Name, Literal["keep", "clear"]] = "keep"
    balance_difference: Literal["adjust", "ignore", "hold"] = "hold"
    unknown_agent: Literal["reject", "create", "unassigned"] = "create"
    expected: Expected | None = None
    trailer: Trailer | None = None
    complete: Literal["manual", "automatic"] = "manual"
    first_rows: int | None = Field(default=None, ge=1, le=10**9)
    table: TableOverrides = TableOverrides()


class ImportConfig(ImportOptions):
    """What the caller asks for with an upload."""

    record_type: Name
    corrects: UUID | None = None


class ControlOverride(Body):
    """Completes in spite of missed control totals; the reason is kept. Scope `imports:override`."""

    reason: Annotated[str, StringConstraints(min_length=3, max_length=1000)]


class ImportPatch(ImportOptions):
    """Options to set anew, until completion; what is left out is left as it is."""

    control_override: ControlOverride | None = None


class JsonImport(Body):
    """One call with configuration and payload."""

    config: ImportConfig
    records: list[dict[str, Any]] = Field(min_length=1)


class CompleteRequest(Body):
    plan: UUID


class FileFacts(Body):
    name: str
    bytes: int
    sha256: str
    encoding: str | None
    delimiter: str | None
    header_row: int | None
    dialect: "TableDialect | None" = None
    seen_before: "SeenBefore | None"


class TableDialect(Body):
    """How a CSV file's cells are separated and quoted; a null quote means that none are."""

    delimiter: str
    quote: str | None
    escape: str | None
    skip_initial_space: bool


class SeenBefore(Body):
    """The same bytes were uploaded before: by whom and when."""

    import_id: UUID
    actor: str
    created_at: str
    state: State


class PlanFacts(Body):
    id: UUID
    made_at: str


class Finding(Body):
    """Violations of one kind, grouped; `sample` is a row number."""

    code: str
    field: str | None
    rows: int
    sample: int | None
    sentence: str
    way_on: str


class Failure(Body):
    code: str
    sentence: str
    way_on: str


class AsCompleted(Body):
    counts: dict[str, int]
    amounts: dict[str, dict[str, int]]


class ControlTotals(Body):
    """What was expected of the file and what it holds: `rows`, and `amounts` in minor units."""

    expected: dict[str, Any]
    found: dict[str, Any]
    matches: bool


class ImportView(Body):
    """An import; counts are the planned ones until completion, then the real ones.

    `amounts` per currency, in minor units: `in`, the seven buckets, `posted`.
    """

    id: UUID
    state: State
    record_type: str
    config: dict[str, Any]
    revision: int
    plan: PlanFacts | None
    file: FileFacts
    counts: dict[str, int]
    warnings: int
    amounts: dict[str, dict[str, int]]
    as_completed: AsCompleted | None
    findings: list[Finding]
    control: ControlTotals | None
    corrects: UUID | None
    corrected_by: list[UUID]
    created_at: str
    ready_at: str | None
    completed_at: str | None
    reverted_at: str | None
    # what a revert did, in the shape of RevertView's counts and amounts
    revert: dict[str, Any] | None
    actor: str
    failure: Failure | None
    links: dict[str, str]


class ColumnMapping(Body):
    """One column of the file: three samples, what is suggested, and what is set."""

    column: str
    samples: list[str]
    suggestion: str | None
    confidence: float
    reason: str
    field: str | None


class MappingView(Body):
    """The mapping of an import; `missing` are required fields without column or constant."""

    columns: list[ColumnMapping]
    constants: dict[str, str]
    formats: ImportFormats
    empty_cells: Literal["keep", "clear"] | dict[str, Literal["keep", "clear"]]
    missing: list[str]
    fields: list[dict[str, Any]]
    revision: int


class MappingUpdate(Body):
    """What is set anew; left out is left as it is. A change starts a new revision."""

    mapping: dict[str, Name | None] | None = Field(default=None, max_length=1000)
    constants: dict[Name, Annotated[str, StringConstraints(max_length=4000)]] | None = None
    formats: ImportFormats | None = None
    empty_cells: Literal["keep", "clear"] | dict[Name, Literal["keep", "clear"]] | None = None
    table: TableOverrides | None = None


class RowView(Body):
    """One row of an import: as it stood, as it was judged, what is planned and what happened."""

    row: int
    attempt: int
    raw: dict[str, str]
    verdict: Literal["accepted", "rejected"]
    violations: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    plan: str | None
    reason: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    outcome: str | None
    record_id: str | None
    # 'reversed' or 'kept', once the import was reverted
    reverted: str | None
    kept_reason: str | None
    # of a row that corrects an earlier import's: its number there
    corrects_row: int | None
    links: dict[str, str]


FileFacts.model_rebuild()
