"""The books are falsified by hand, each time in another way: the proof says what, and where."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from tests.prove.falsifying import Falsification
from tests.prove.line import Line


class Books(NamedTuple):
    """Three imports that prove: accounts with a bad row, payments to them, and a reverted one."""

    line: Line
    accounts: str
    payments: str
    reverted: str


@pytest.fixture(scope="module")
def books(line_of: Callable[[], Line]) -> Iterator[Books]:
    """They prove again when everything has been put right."""
    line, other = line_of(), line_of()
    accounts = line.caller.book(line.accounts("10.00", "20.00", "30.00", "40.00", "5x.00", "60.00"))
    payments = line.caller.book(line.payments("1.00", "2.00", "3.00"), record_type="transactions")
    reverted = line.caller.book(other.accounts("10.00", "20.00", "30.00"))
    other.revert(reverted["id"])
    found = Books(line, accounts["id"], payments["id"], reverted["id"])
    yield found
    for import_id in found[1:]:
        line.assert_proven(import_id)


def own(row: int, entry: int = 0) -> str:
    return f"import_no = $import and row = {row} and entry = {entry}"


def planned(row: int) -> str:
    return f"plan_no = $plan and row = {row}"


def deleted(row: int, entry: int = 0) -> Falsification:
    where = own(row, entry)
    return Falsification("postings", where, f"delete from ledger.postings where {where}")


def changed(row: int, setting: str, entry: int = 0) -> Falsification:
    where = own(row, entry)
    return Falsification("postings", where, f"update ledger.postings set {setting} where {where}")


def place_of(breaks: dict[str, str], check: str) -> str:
    """Where the one broken check of this name breaks."""
    [where] = [place for name, place in breaks.items() if check in name]
    return where


def test_all_three_prove_before_anything_is_falsified(books: Books) -> None:
    for import_id in (books.accounts, books.payments, books.reverted):
        books.line.assert_proven(import_id)


def test_a_deleted_posting_is_named_with_its_row_and_its_account(books: Books) -> None:
    breaks = books.line.breaks(books.accounts, deleted(3))
    assert place_of(breaks, "planned of applied rows") == "row 3: planned 3000, posted 0"
    assert place_of(breaks, "balances") == f"account {books.line.mark}-3 (row 3)"


def test_a_posting_of_another_amount_is_named(books: Books) -> None:
    breaks = books.line.breaks(books.payments, changed(2, "minor = minor - 1"))
    assert place_of(breaks, "planned of applied rows") == "row 2: planned -200, posted -201"
    assert place_of(breaks, "balances") == f"account {books.line.mark}-2 (row 2)"


def test_a_balance_of_its_own_is_named_by_its_account(books: Books) -> None:
    account = "account_id = (select account_id from ledger.postings where " + own(1) + ")"
    change = Falsification(
        "balances", account, f"update ledger.balances set minor = minor + 7 where {account}"
    )
    breaks = books.line.breaks(books.payments, change)
    assert list(breaks.values()) == [f"account {books.line.mark}-1 (row 1)"]


def test_a_row_that_is_shifted_to_another_bucket_is_named(books: Books) -> None:
    change = Falsification(
        "plan_rows",
        planned(4),
        f"update ledger.plan_rows set action = 'skip' where {planned(4)}",
    )
    breaks = books.line.breaks(books.accounts, change)
    assert place_of(breaks, "rows of the file") == "row 4: it is skipped for no reason"
    assert place_of(breaks, "posted").startswith("row 4: it was not applied")
    assert place_of(breaks, "event per applied") == "row 4: an event without a change"
    assert "counts as shown" in breaks


def test_a_posting_that_is_doubled_under_another_row_is_named(books: Books) -> None:
    columns = "account_id, record_id, minor, import_no, chunk_no, kind, entry, currency"
    change = Falsification(
        "postings",
        own(5),
        f"insert into ledger.postings ({columns}, row)"
        f" select {columns}, 5 from ledger.postings where {own(1)}",
        added=own(5),
    )
    breaks = books.line.breaks(books.accounts, change)
    assert place_of(breaks, "planned of applied rows").startswith("row 5: it was not applied")
    assert place_of(breaks, "balances") == f"account {books.line.mark}-1 (row 1)"


def test_a_missing_counter_posting_is_named(books: Books) -> None:
    breaks = books.line.breaks(books.reverted, deleted(2, entry=1))
    expected = "row 2: it was reversed: counter-posted 0 instead of -2000"
    assert place_of(breaks, "to reverse") == expected
    assert place_of(breaks, "balances").endswith("-2 (row 2)")


def test_a_posting_that_is_moved_to_another_account_is_named(books: Books) -> None:
    other = "(select account_id from ledger.postings where " + own(1) + ")"
    breaks = books.line.breaks(books.payments, changed(3, f"account_id = {other}"))
    where = place_of(breaks, "planned of applied rows")
    assert where.startswith("row 3: posted to account id ")
    assert place_of(breaks, "balances").startswith(f"account {books.line.mark}-1 (row 1)")


def test_a_reversed_row_that_is_said_to_be_kept_is_named(books: Books) -> None:
    row = "import_no = $import and row = 1"
    change = Falsification(
        "revert_rows", row, f"update ledger.revert_rows set reason = 'posted_since' where {row}"
    )
    breaks = books.line.breaks(books.reverted, change)
    assert place_of(breaks, "to reverse") == "row 1: it was kept by the revert, but has a " + (
        "counter-posting"
    )
    assert place_of(breaks, "event per reversed") == "row 1: an event without a change"


def test_a_reverted_record_that_is_active_again_is_named(books: Books) -> None:
    row = "import_no = $import and row = 3"
    change = Falsification("accounts", row, f"update ledger.accounts set active = true where {row}")
    breaks = books.line.breaks(books.reverted, change)
    assert place_of(breaks, "back where it was").startswith("row 3: ")
