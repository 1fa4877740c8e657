"""File, ledger rows and postings compared row by row: the sums, and where they break first."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import NamedTuple

from prove.amounts import to_minor
from prove.books import BookRow, Posting
from prove.buckets import APPLIED, find_contradiction
from prove.mapped_rows import FileRow
from prove.marks import RowMarks
from prove.row_postings import find_wrong_counter, find_wrong_posting

_REVERTS = {"reversed": "reverse", "kept": "keep"}


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
    """Adds up file rows, ledger rows and postings that are handed in together, row by row.

    `applied` and `undone` say per row what its event must say; sums are minor units by currency.
    """

    def __init__(self, *, completed: bool, reverted: bool = False) -> None:
        self.completed = completed
        self._reverted = reverted
        self.breaks = Breaks()
        self.file_rows = 0
        self.unknown_rows = 0
        self.counts: Counter[str] = Counter()
        self.file_amounts: Counter[str] = Counter()
        self.amounts: dict[str, Counter[str]] = {}
        self.planned: Counter[str] = Counter()
        self.posted: Counter[str] = Counter()
        self.to_reverse: Counter[str] = Counter()
        self.reversed: Counter[str] = Counter()
        self.applied = RowMarks()
        self.undone = RowMarks()

    @property
    def applied_rows(self) -> int:
        return len(self.applied)

    def take(self, row: int, file: FileRow | None, book: BookRow | None) -> None:
        """A row of the file and the ledger's row of the same number; one of them may be missing."""
        if file is not None:
            self.file_rows += 1
        if file is None or book is None:
            missing = "the file" if file is None else "the ledger"
            self.breaks.add("rows", row, f"{missing} does not have it")
            return
        problem = find_contradiction(book.bucket, book.reason, rejected=book.rejected)
        if problem:
            self.breaks.add("rows", row, problem)
        self.counts[book.bucket] += 1
        self._compare_amounts(file, book)

    def _compare_amounts(self, file: FileRow, book: BookRow) -> None:
        currency = book.currency
        if file.currency is not None and file.currency != currency and not book.rejected:
            self.breaks.add("amounts", file.row, f"{file.currency} in the file, {currency} booked")
        expected = _expected_amount(file, book)
        self.unknown_rows += not file.known
        if expected != book.amount:
            self.breaks.add("amounts", file.row, f"{expected} in the file, {book.amount} kept")
        if currency is not None:
            self.file_amounts[currency] += expected or 0
            of_currency = self.amounts.setdefault(currency, Counter())
            of_currency[book.bucket] += book.amount or 0

    def take_postings(self, row: int, book: BookRow | None, postings: list[Posting]) -> None:
        """What the row posted, against what its plan and its amount say."""
        own = [posting for posting in postings if posting.entry == 0]
        counters = [posting for posting in postings if posting.entry != 0]
        for posting in own:
            self.posted[posting.currency] += posting.minor
        for posting in counters:
            self.reversed[posting.currency] += posting.minor
        if book is None or not self.completed or book.bucket not in APPLIED:
            if postings:
                self.breaks.add("postings", row, "it was not applied, but has postings")
            return
        self.applied[row] = book.bucket
        self.planned[book.currency or ""] += book.delta or 0
        problem = find_wrong_posting(book, own)
        if problem:
            self.breaks.add("postings", row, problem)
        self._take_revert(row, book, find_wrong_counter(book, own, counters))

    def _take_revert(self, row: int, book: BookRow, problem: str) -> None:
        """Of an applied row: whether it was to be undone, and what is wrong with how it was."""
        if book.reverted == "reversed":
            self.undone[row] = "withdrawn" if book.bucket == "created" else "restored"
            self.to_reverse[book.currency or ""] -= book.delta or 0
        if not problem and self._reverted and book.reverted is None:
            problem = "the revert has neither reversed nor kept it"
        if not problem and _REVERTS.get(book.reverted or "") != book.revert_action:
            problem = f"it was {book.reverted}, but the revert plan says {book.revert_action}"
        if problem:
            self.breaks.add("reverts", row, problem)


def _expected_amount(file: FileRow, book: BookRow) -> int | None:
    """In minor units; what cannot be known, or was unreadable, is as the ledger has it."""
    if not file.known:
        return book.amount
    if book.currency is None or file.amount is None:
        return None
    if book.amount is None and book.amount_unreadable:
        return None
    return to_minor(file.amount, book.currency)


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
