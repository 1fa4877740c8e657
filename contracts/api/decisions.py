"""Bodies of what people decide on rows and on whole imports: corrections, reviews, reverts."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from contracts.api.imports import ImportOptions
from contracts.api.model import Body

Reason = Annotated[str, StringConstraints(min_length=3, max_length=1000)]
RowNumbers = Annotated[list[Annotated[int, Field(ge=1, le=2**31 - 1)]], Field(max_length=1000)]
CellText = Annotated[str, StringConstraints(max_length=32_768)]


class RevertRequest(Body):
    """With `dry_run` nothing is done: the answer says what would be."""

    dry_run: bool = False
    reason: Reason | None = None


class KeptRow(Body):
    """A row whose record a revert leaves as it is, and why."""

    row: int
    record_id: str
    code: str
    sentence: str
    way_on: str


class RevertView(Body):
    """What a revert does, or did.

    `counts`: rows `reversed`, `kept`, and `withdrawn` (held or parked until then). `amounts` per
    currency in minor units: `reversed` (the counter-postings' sum) and `kept`. `reasons`: rows
    kept, by code. `kept` are the first hundred of them.
    """

    import_id: UUID
    state: Literal["planned", "reverting", "reverted"]
    counts: dict[str, int]
    amounts: dict[str, dict[str, int]]
    reasons: dict[str, int]
    kept: list[KeptRow]
    kept_has_more: bool


class DismissRequest(Body):
    reason: Reason


class RowChoice(Body):
    """Rows of one import, by their numbers."""

    rows: RowNumbers


class RowDismissals(DismissRequest):
    """Rows of one import that are dismissed for one reason."""

    rows: RowNumbers


class RowCorrection(Body):
    """Cells of one row set anew, by column name; others stay as they are in the source.

    After completion they become a correcting import; `complete` says how that one is completed
    (left out: as the import itself was).
    """

    cells: dict[str, CellText] = Field(min_length=1, max_length=1000)
    complete: Literal["manual", "automatic"] | None = None


class BulkReplacement(Body):
    """Replaces a cell's whole text in all rejected or held rows that have it."""

    column: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    replace: CellText
    by: CellText
    complete: Literal["manual", "automatic"] | None = None


class ReplayRequest(ImportOptions):
    """Options that the rejected rows are judged by now; what is left out stays as it was.

    `finding` limits it to the rows with that finding.
    """

    finding: Annotated[str, StringConstraints(max_length=100, pattern="^[a-z0-9_]+$")] | None = None


class ReviewItem(Body):
    """A row that waits for a person. `assignee` and `note` are null until somebody takes it.

    A page goes on after an item's `cursor`.
    """

    import_id: UUID
    record_type: str
    row: int
    outcome: Literal["held", "parked"]
    code: str | None
    sentence: str
    way_on: str
    since: str
    assignee: str | None
    note: str | None
    cursor: str
    links: dict[str, str]


class Assignment(Body):
    """Gives rows of an import to a person; a null assignee takes them back."""

    rows: RowNumbers
    assignee: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None
    note: Annotated[str, StringConstraints(max_length=1000)] | None = None
