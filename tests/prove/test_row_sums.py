"""Where a sum breaks, the first row is named; where none does, nothing is."""

from collections.abc import AsyncIterator, Iterable
from decimal import Decimal
from typing import TypeVar

import pytest

from prove.books import BookRow, Posting
from prove.mapped_rows import FileRow
from prove.row_sums import RowSums, align

T = TypeVar("T")


def file_row(row: int, amount: str | None = "10.00", currency: str | None = "USD") -> FileRow:
    return FileRow(row, None if amount is None else Decimal(amount), currency)


def book_row(row: int, **changes: object) -> BookRow:
    plain = BookRow(row, False, "created", 1000, "USD", 1000, False)
    return plain._replace(**changes)


def opening(row: int, minor: int = 1000) -> Posting:
    return Posting(row, "opening", minor, "USD")


async def iterate(items: Iterable[T]) -> AsyncIterator[T]:
    for item in items:
        yield item


async def test_rows_are_laid_side_by_side_by_their_number() -> None:
    file = iter([file_row(1), file_row(2), file_row(4)])
    book = iterate([book_row(2), book_row(3), book_row(4)])
    found = [
        (item.row, item.file is not None, item.book is not None) async for item in align(file, book)
    ]
    assert found == [(1, True, False), (2, True, True), (3, False, True), (4, True, True)]


def test_a_sound_row_breaks_nothing() -> None:
    sums = RowSums(completed=True)
    sums.take(1, file_row(1), book_row(1))
    sums.take_postings(1, book_row(1), [opening(1)])
    assert [sums.breaks.where(kind) for kind in ("rows", "amounts", "postings")] == ["", "", ""]
    assert sums.counts == {"created": 1}
    assert sums.file_amounts == {"USD": 1000}
    assert sums.posted == sums.planned == {"USD": 1000}
    assert sums.applied_rows == 1


def test_a_row_that_the_ledger_lacks_is_named() -> None:
    sums = RowSums(completed=True)
    sums.take(1, file_row(1), book_row(1))
    sums.take(2, file_row(2), None)
    sums.take(3, file_row(3), None)
    assert sums.breaks.where("rows") == "row 2: the ledger does not have it (and 1 more)"


def test_a_row_in_no_bucket_is_named() -> None:
    sums = RowSums(completed=True)
    sums.take(1, file_row(1), book_row(1, bucket="lost"))
    assert sums.breaks.where("rows").startswith("row 1: it is in no bucket")


@pytest.mark.parametrize(
    ("file", "book"),
    [
        (file_row(7, "10.01"), book_row(7)),
        (file_row(7, None), book_row(7)),
        (file_row(7), book_row(7, amount=None)),
        (file_row(7, currency="EUR"), book_row(7)),
    ],
)
def test_an_amount_that_differs_from_the_file_is_named(file: FileRow, book: BookRow) -> None:
    sums = RowSums(completed=True)
    sums.take(7, file, book)
    assert sums.breaks.where("amounts").startswith("row 7: ")


def test_an_unreadable_amount_counts_as_a_row_only() -> None:
    sums = RowSums(completed=True)
    rejected = book_row(1, rejected=True, bucket="rejected", amount=None, amount_unreadable=True)
    sums.take(1, file_row(1), rejected)
    assert sums.breaks.where("amounts") == ""
    assert sums.file_amounts == {"USD": 0}


@pytest.mark.parametrize(
    ("book", "postings"),
    [
        (book_row(3), []),
        (book_row(3), [opening(3), opening(3)]),
        (book_row(3), [opening(3, 999)]),
        (book_row(3, delta=-1000), [opening(3, -1000)]),
        (book_row(3), [opening(3)._replace(currency="EUR")]),
        (book_row(3, bucket="held"), [opening(3)]),
        (None, [opening(3)]),
    ],
)
def test_postings_that_do_not_follow_from_the_row_are_named(
    book: BookRow | None, postings: list[Posting]
) -> None:
    sums = RowSums(completed=True)
    sums.take_postings(3, book, postings)
    assert sums.breaks.where("postings").startswith("row 3: ")


@pytest.mark.parametrize(
    ("kind", "sign"),
    [("payment", -1), ("fee", 1), ("payment_reversal", 1), ("fee_reversal", -1)],
)
def test_a_transaction_posts_its_amount_by_the_sign_of_its_type(kind: str, sign: int) -> None:
    sums = RowSums(completed=True)
    sums.take_postings(1, book_row(1, delta=sign * 1000), [Posting(1, kind, sign * 1000, "USD")])
    assert sums.breaks.where("postings") == ""
    sums.take_postings(2, book_row(2, delta=-sign * 1000), [Posting(2, kind, -sign * 1000, "USD")])
    assert sums.breaks.where("postings").startswith("row 2: ")


def test_nothing_may_be_posted_before_completion() -> None:
    sums = RowSums(completed=False)
    sums.take_postings(1, book_row(1), [])
    assert sums.breaks.where("postings") == ""
    sums.take_postings(2, book_row(2), [opening(2)])
    assert sums.breaks.where("postings") == "row 2: it was not applied, but has postings"
    assert sums.applied_rows == 0
