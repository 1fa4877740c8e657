"""File, ledger rows and postings compared row by row: the sums, and where they break first."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import NamedTuple

from prove.amounts import to_minor
from prove.books import BookRow, Posting
from prove.mapped_rows import FileRow

BUCKETS = ("created", "updated", "unchanged", "skipped", "rejected", "held", "parked")
APPLIED = ("created", "updated")
_SUBTRACTS = ("payment", "fee_reversal", "adjustment_reversal")


class Breaks:
    """The first place of each kind at which something does not fit, and how many there are."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._count: Counter[str] = Counter()

    def add(self, kind: str, row: int, sentence: str) -> None:
        self._first.setdefault(kind, f"row {row}: {sentence}")
        self._count[kind] += 1

    def where(self, kind: str) -> str:
        """Empty when nothing of this kind is broken."""
        first = self._first.get(kind, "")
        more = self._count[kind] - 1
        return f"{first} (and {more:,} more)" if more > 0 else first


class RowSums:
    """Adds up file rows, ledger rows and postings that are handed in together, row by row."""

    def __init__(self, record_type: str, *, completed: bool) -> None:
        self._record_type = record_type
        self._completed = completed
        self.breaks = Breaks()
        self.file_rows = 0
        self.counts: Counter[str] = Counter()
        self.file_amounts: Counter[str] = Counter()
        self.amounts: dict[str, Counter[str]] = {}
        self.planned: Counter[str] = Counter()
        self.posted: Counter[str] = Counter()
        self.applied = bytearray(1)

    def take(self, row: int, file: FileRow | None, book: BookRow | None) -> None:
        """A row of the file and the ledger's row of the same number; one of them may be missing."""
        if file is not None:
            self.file_rows += 1
        if file is None or book is None:
            missing = "the file" if file is None else "the ledger"
            self.breaks.add("rows", row, f"{missing} does not have it")
            return
        if book.bucket not in BUCKETS:
            self.breaks.add("rows", row, f"it is in no bucket, but {book.bucket}")
        self.counts[book.bucket] += 1
        self._compare_amounts(file, book)

    def _compare_amounts(self, file: FileRow, book: BookRow) -> None:
        currency = book.currency
        if file.currency is not None and file.currency != currency and not book.rejected:
            self.breaks.add("amounts", file.row, f"{file.currency} in the file, {currency} booked")
        if currency is None:
            expected = None
        else:
            expected = None if file.amount is None else to_minor(file.amount, currency)
        if book.amount is None and book.amount_unreadable:
            expected = None
        if expected != book.amount:
            self.breaks.add("amounts", file.row, f"{expected} in the file, {book.amount} kept")
        if currency is not None:
            self.file_amounts[currency] += expected or 0
            of_currency = self.amounts.setdefault(currency, Counter())
            of_currency[book.bucket] += book.amount or 0

    def take_postings(self, row: int, book: BookRow | None, postings: list[Posting]) -> None:
        """What the row posted, against what its plan and its amount say."""
        for posting in postings:
            self.posted[posting.currency] += posting.minor
        applied = self._completed and book is not None and book.bucket in APPLIED
        if book is None or not applied:
            if postings:
                self.breaks.add("postings", row, "it was not applied, but has postings")
            return
        self._mark_applied(row)
        currency = book.currency or ""
        self.planned[currency] += book.delta or 0
        found = sum(posting.minor for posting in postings)
        if found != (book.delta or 0) or any(item.currency != currency for item in postings):
            self.breaks.add("postings", row, f"planned {book.delta or 0}, posted {found}")
        elif not self._follows_from_amount(book, postings):
            self.breaks.add("postings", row, f"posted {found} does not follow from its amount")

    def _follows_from_amount(self, book: BookRow, postings: list[Posting]) -> bool:
        """A new record posts its whole amount: an account as it is, a transaction by its type."""
        if book.bucket != "created" or book.amount is None:
            return True
        kinds = {posting.kind for posting in postings}
        sign = -1 if kinds & set(_SUBTRACTS) else 1
        return sum(posting.minor for posting in postings) == sign * book.amount

    def _mark_applied(self, row: int) -> None:
        if row >= len(self.applied):
            self.applied.extend(bytes(max(row + 1 - len(self.applied), len(self.applied))))
        self.applied[row] = 1

    @property
    def applied_rows(self) -> int:
        return sum(self.applied)


class Aligned(NamedTuple):
    """All that is known of one row number."""

    row: int
    file: FileRow | None
    book: BookRow | None


async def align(file: Iterator[FileRow], book: AsyncIterator[BookRow]) -> AsyncGenerator[Aligned]:
    """Both in row order, side by side."""
    left = next(file, None)
    right = await anext(book, None)
    while left is not None or right is not None:
        row = min(item.row for item in (left, right) if item is not None)
        from_file = left if left is not None and left.row == row else None
        from_book = right if right is not None and right.row == row else None
        yield Aligned(row, from_file, from_book)
        left = next(file, None) if from_file is not None else left
        right = await anext(book, None) if from_book is not None else right
