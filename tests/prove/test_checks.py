"""The parts of a proof that need no books: buckets, reverts, events, corrections, trailers."""

import io
import json
from typing import Any

import pytest

from prove.amounts import compile_reader
from prove.books import BookRow, Posting
from prove.buckets import find_contradiction
from prove.changes import Changes
from prove.mapped_rows import FileRow, Layout, read_file_rows
from prove.marks import RowMarks
from prove.row_sums import RowSums
from prove.settlements import Settlements, expected_answer
from prove.source_files import Dialect, TableFacts
from tests.prove.test_row_sums import book_row, opening

IMPORT = "01a20da3-bd03-7001-8946-c8f990443099"


@pytest.mark.parametrize(
    ("bucket", "reason", "rejected"),
    [
        ("lost", None, False),
        ("created", None, True),
        ("created", "repeated_key", False),
        ("updated", "moved", False),
        ("skipped", None, False),
        ("skipped", "dismissed", False),
        ("parked", "balance_differs", False),
        ("held", None, False),
        ("held", "withdrawn", False),
        ("rejected", None, False),
        ("rejected", "corrected", True),
    ],
)
def test_a_row_cannot_be_in_a_bucket_that_nothing_leads_to(
    bucket: str, reason: str | None, rejected: bool
) -> None:
    assert find_contradiction(bucket, reason, rejected=rejected)


@pytest.mark.parametrize(
    ("bucket", "reason", "rejected"),
    [
        ("created", "closed_account", False),
        ("unchanged", "details_differ", False),
        ("skipped", "corrected", True),
        ("skipped", "withdrawn", False),
        ("rejected", None, True),
        ("rejected", "dismissed", False),
        ("held", "needs_review", True),
        ("held", "waited_too_long", False),
        ("parked", "account_unknown", False),
    ],
)
def test_a_row_is_where_its_verdict_and_reason_lead(
    bucket: str, reason: str | None, rejected: bool
) -> None:
    assert find_contradiction(bucket, reason, rejected=rejected) == ""


REVERSED = book_row(3, reverted="reversed", revert_action="reverse")
COUNTER = Posting(3, "revert", -1000, "USD", entry=1, reverses_entry=0)


def reverts(book: BookRow, *postings: Posting) -> str:
    sums = RowSums(completed=True, reverted=True)
    sums.take_postings(3, book, list(postings))
    return sums.breaks.where("reverts")


def test_a_counter_posting_is_the_opposite_of_the_posting_it_reverses() -> None:
    assert reverts(REVERSED, opening(3), COUNTER) == ""
    assert reverts(REVERSED._replace(delta=None, amount=None, bucket="updated")) == ""


@pytest.mark.parametrize(
    "change",
    [{"minor": -999}, {"currency": "EUR"}, {"kind": "payment"}, {"reverses_entry": 2},
     {"account_id": 7}, {"entry": 2}],
)  # fmt: skip
def test_any_other_counter_posting_is_named(change: dict[str, Any]) -> None:
    assert reverts(REVERSED, opening(3), COUNTER._replace(**change)).startswith("row 3: ")


@pytest.mark.parametrize(
    ("book", "postings"),
    [
        (REVERSED, [opening(3)]),
        (REVERSED, [opening(3), COUNTER, COUNTER]),
        (REVERSED._replace(revert_action="keep"), [opening(3), COUNTER]),
        (REVERSED._replace(reverted="kept", revert_action="keep"), [opening(3), COUNTER]),
        (REVERSED._replace(reverted=None, revert_action=None), [opening(3)]),
    ],
)
def test_what_the_revert_plan_does_not_say_is_named(book: BookRow, postings: list[Posting]) -> None:
    assert reverts(book, *postings).startswith("row 3: ")


def change_of(row: int, change: str, ce_id: str) -> tuple[bytes, list[tuple[str, bytes]]]:
    value = {"import_id": IMPORT, "row": row, "change": change}
    headers = [("ce_id", ce_id.encode()), ("ce_source", b"/ledgerport/ledger")]
    return json.dumps(value).encode(), headers


def test_events_of_a_revert_are_told_apart_from_those_that_they_undo() -> None:
    changes = Changes(IMPORT, applied=1, undone=1)
    changes.take(*change_of(1, "created", f"{IMPORT}/1"))
    changes.take(*change_of(1, "created", f"{IMPORT}/1"))
    assert not changes.is_complete()
    changes.take(*change_of(1, "withdrawn", f"{IMPORT}/1/reverted"))
    assert changes.is_complete()
    assert (changes.applied[1], changes.undone[1], changes.odd) == ("created", "withdrawn", {})


def test_an_event_of_another_id_or_change_is_odd() -> None:
    changes = Changes(IMPORT, applied=3, undone=0)
    changes.take(*change_of(1, "created", f"{IMPORT}/2"))
    changes.take(*change_of(3, "created", f"{IMPORT}/3"))
    changes.take(*change_of(3, "updated", f"{IMPORT}/3"))
    assert changes.odd.keys() == {1, 3}


def test_marks_differ_at_the_first_row_that_differs() -> None:
    left, right = RowMarks(), RowMarks()
    for row in (1, 500, 900):
        left[row] = "created"
        right[row] = "created"
    assert left.find_difference(right) is None
    right[500] = "updated"
    left[2000] = "created"
    assert left.find_difference(right) == 500
    assert (len(left), len(right), right[5000]) == (4, 3, "")


def answer_of(event: str, outcome: str, *codes: str) -> bytes:
    findings = [{"code": code} for code in codes]
    value = {"feed_id": IMPORT, "ce_id": event, "outcome": outcome, "findings": findings}
    return json.dumps(value).encode()


def test_a_submission_is_open_until_its_outcome_was_told() -> None:
    told = Settlements(
        IMPORT,
        {
            "a": expected_answer(1, "created", None),
            "b": expected_answer(2, "held", "waited_too_long"),
            "c": expected_answer(3, "created", None),
        },
    )
    told.take(answer_of("a", "parked"), [])
    assert told.where() == "row 1: it is created, its source was told parked"
    told.take(answer_of("a", "created"), [])
    told.take(answer_of("b", "parked"), [])
    told.take(answer_of("c", "rejected", "event_id_reused"), [])
    assert told.where() == "row 3: its source was told nothing"


def layout(**changes: Any) -> Layout:
    table = TableFacts(("Number", "Amount"), "utf-8", Dialect(), 1, None)
    plain = Layout(table, compile_reader("1,234.56"), amount=1, currency=None, first_rows=None)
    return plain._replace(**changes)


FILE = b"Number,Amount\nA,1.00\nB,x\nTOTAL,1.00\n"


def amounts(found: list[FileRow]) -> list[str | None]:
    return [None if row.amount is None else str(row.amount) for row in found]


def test_of_a_corrected_row_the_shown_cells_count() -> None:
    shown = {2: {"Number": "B", "Amount": "2.00"}}
    found = list(read_file_rows(io.BytesIO(FILE), layout(), shown))
    assert amounts(found) == ["1.00", "2.00", "1.00"]


@pytest.mark.parametrize("shown", [{"Number": "B", "Amount": "x"}, {"Column 3": "y"}])
def test_a_correction_that_is_not_shown_is_not_known(shown: dict[str, str]) -> None:
    found = list(read_file_rows(io.BytesIO(FILE), layout(), {2: shown}))
    assert [row.known for row in found] == [True, False, True]


def test_a_trailer_row_is_not_a_row() -> None:
    found = list(read_file_rows(io.BytesIO(FILE), layout(trailer="total"), {}))
    assert [row.row for row in found] == [1, 2]
    other = list(read_file_rows(io.BytesIO(FILE), layout(trailer="sum"), {}))
    assert len(other) == 3
