"""The proof of rows that people have decided: released, dismissed, corrected, withdrawn."""

from typing import Any

from tests.prove.line import Line

HEADER = "AccountNumber,AccountName,Balance,_ImportId,_Row,_Errors\n"


def reviewed(line: Line) -> dict[str, Any]:
    """Two accounts whose balance differs, a new one, one with an error, and one more that waits."""
    line.caller.book(line.accounts("10.00", "20.00", "30.00"))
    content = line.accounts("11.00", "22.00", "33.00", "40.00", "5x.00")
    return line.caller.book(content, on_error="review")


def test_rows_that_were_released_dismissed_or_still_wait_are_proven(line: Line) -> None:
    held = reviewed(line)
    assert held["counts"]["held"] == 4
    line.assert_proven(held["id"])
    line.release(held["id"], 1)
    line.dismiss(held["id"], 2)
    proven = line.assert_proven(held["id"])
    assert proven["posted"] == {"USD": 4100}
    assert line.caller.show(held["id"])["counts"] | {"rows": 5} == {
        "rows": 5,
        "created": 1,
        "updated": 1,
        "unchanged": 0,
        "skipped": 0,
        "rejected": 1,
        "held": 2,
        "parked": 0,
        "pending": 0,
    }


def test_a_released_row_that_has_nothing_left_to_adjust_plans_nothing(line: Line) -> None:
    line.caller.book(line.accounts("10.00"))
    held = line.caller.book(line.accounts("7.00", name="New"))
    line.caller.book(line.payments("3.00"), record_type="transactions")
    line.release(held["id"], 1)
    shown = line.caller.show(held["id"])
    assert shown["counts"]["updated"] == 1
    assert shown["amounts"]["USD"]["posted"] == 0
    line.assert_proven(held["id"])


def test_a_rejected_row_and_its_correction_are_proven(line: Line) -> None:
    bad = line.caller.book(line.accounts("10.00", "20.00", "30.00", "5x.00"))
    content = HEADER + f"{line.mark}-4,Name,50.00,{bad['id']},4,\n"
    correction = line.caller.book(content)
    assert correction["corrects"] == bad["id"]
    assert line.assert_proven(bad["id"])["posted"] == {"USD": 6000}
    assert line.assert_proven(correction["id"])["posted"] == {"USD": 5000}


def test_what_waited_when_its_import_was_reverted_is_proven_to_be_withdrawn(line: Line) -> None:
    held = reviewed(line)
    line.caller.book(line.payments("1.00", first=4), record_type="transactions")
    line.revert(held["id"])
    proven = line.assert_proven(held["id"])
    assert proven["posted"] == {"USD": 4000}
    reasons = [row["reason"] for row in line.caller.rows(held["id"])]
    assert reasons == ["withdrawn"] * 3 + [None, "withdrawn"]


def test_a_parked_payment_that_was_booked_later_is_proven(line: Line) -> None:
    parked = line.caller.book(line.payments("1.00", "2.00"), record_type="transactions")
    assert parked["counts"]["parked"] == 2
    line.assert_proven(parked["id"])
    line.caller.book(line.accounts("10.00"))
    line.await_row(parked["id"], 1, lambda shown: shown["outcome"] == "created")
    assert line.assert_proven(parked["id"])["posted"] == {"USD": -100}


def test_an_update_that_was_reverted_is_proven_to_be_restored(line: Line) -> None:
    line.caller.book(line.accounts("10.00", "20.00"))
    content = line.accounts("15.00", "20.00", name="New")
    changed = line.caller.book(content, balance_difference="adjust")
    line.revert(changed["id"])
    proven = line.assert_proven(changed["id"])
    events = {item["name"]: item["found"] for item in proven["checks"] if "event" in item["name"]}
    assert events == {
        "one ledger-changed event per applied row": "2",
        "one ledger-changed event per reversed row": "2",
    }


def test_a_row_that_was_corrected_before_completion_is_proven_by_its_new_cells(line: Line) -> None:
    caller = line.caller
    ready = caller.review(line.accounts("10.00", "20.00", "30.00", "5x.00"))
    path = f"/v1/imports/{ready['id']}/rows/4"
    answer = caller.client.patch(path, json={"cells": {"Balance": "50.00"}})
    assert answer.is_success, answer.text
    line.await_row(ready["id"], 4, lambda shown: shown["plan"] == "create")
    completed = caller.complete(caller.await_state(ready["id"], "ready"))
    assert line.assert_proven(completed["id"])["posted"] == {"USD": 11000}


def test_a_trailer_row_is_not_proven_as_a_row(line: Line) -> None:
    content = line.accounts("10.00", "20.00") + "TRAILER,2,30.00\n"
    trailer = {"marker": "trailer", "rows_cell": 2, "amount_cell": 3}
    completed = line.caller.book(content, trailer=trailer)
    assert completed["counts"]["created"] == 2
    line.assert_proven(completed["id"])
