"""What people decide on rows and imports, from the command line, against real services."""

import csv
import io
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command

HEADER = "AccountNumber,AccountName,Balance\n"


@pytest.fixture
def mark() -> str:
    """Makes the account numbers of one test its own."""
    return uuid.uuid4().hex[:8]


def book(ledgerport: Command, path: Path, *options: str) -> dict[str, Any]:
    ran = ledgerport(
        *("imports", "create", path, "--type", "accounts", "--complete", "--watch", "--json"),
        *options,
    )
    assert ran.exit_code in (0, 6), ran.err
    return ran.json


def test_an_import_is_reverted_after_a_look_at_what_that_does(
    ledgerport: Command, tmp_path: Path, mark: str
) -> None:
    path = tmp_path / "accounts.csv"
    path.write_text(HEADER + f"R-{mark}-1,Alpha,10.00\nR-{mark}-2,Beta,20.00\n")
    import_id = book(ledgerport, path)["id"]
    planned = ledgerport("imports", "revert", import_id, "--dry-run")
    assert planned.exit_code == 0
    assert "planned" in planned.out
    assert "-30.00" in planned.out
    done = ledgerport("imports", "revert", import_id, "--watch", "--json", "--reason", "Wrong file")
    assert done.exit_code == 0, done.err
    assert (done.json["state"], done.json["counts"]["reversed"]) == ("reverted", 2)
    assert ledgerport("imports", "show", import_id, "--json").json["state"] == "reverted"
    again = ledgerport("imports", "revert", import_id)
    assert again.exit_code == 0
    assert ledgerport("imports", "revert", "01a20da3-bd03-7001-8946-c8f990443099").exit_code == 3


def test_rows_that_wait_are_listed_given_released_and_dismissed(
    ledgerport: Command, tmp_path: Path, mark: str
) -> None:
    path = tmp_path / "accounts.csv"
    numbers = (1, 2, 3)
    path.write_text(HEADER + "".join(f"W-{mark}-{n},Name {n},10.00\n" for n in numbers))
    book(ledgerport, path)
    path.write_text(HEADER + "".join(f"W-{mark}-{n},Name {n},12.00\n" for n in numbers))
    import_id = book(ledgerport, path)["id"]
    queue = ("reviews", "list", "--import", import_id)
    assert [item["row"] for item in ledgerport(*queue, "--json").json] == [1, 2, 3]
    assert "balance_differs" in ledgerport(*queue).out
    assert ledgerport("reviews", "assign", import_id, "1", "2", "--to", "ann").exit_code == 0
    assert len(ledgerport(*queue, "--assignee", "ann", "--json").json) == 2
    assert ledgerport("reviews", "assign", import_id, "1").exit_code == 2

    assert ledgerport("imports", "release", import_id, "1", "2").exit_code == 0
    assert ledgerport("imports", "dismiss", import_id, "3").exit_code == 2
    dismissed = ledgerport("imports", "dismiss", import_id, "3", "--reason", "Old balance")
    assert dismissed.exit_code == 0, dismissed.err
    while ledgerport(*queue, "--json").json:
        pass
    assert "Nothing needs attention" in ledgerport(*queue).out
    rows = ledgerport("imports", "rows", import_id, "--json").json
    assert [row["outcome"] for row in rows] == ["updated", "updated", "rejected"]
    assert ledgerport("imports", "dismiss", import_id, "1", "--reason", "Too late").exit_code == 5


def test_rows_are_corrected_before_and_after_completion(
    ledgerport: Command, tmp_path: Path, mark: str
) -> None:
    path = tmp_path / "accounts.csv"
    bad = "".join(f"C-{mark}-{n},Name {n},bad\n" for n in (2, 3, 4))
    path.write_text(HEADER + f"C-{mark}-1,Alpha,1.00\n" + bad)
    create = ("imports", "create", path, "--type", "accounts", "--watch", "--json")
    mapping = (
        '{"AccountNumber": "AccountNumber", "AccountName": "AccountName", "Balance": "Balance"}'
    )
    import_id = ledgerport(*create, "--set", f"mapping={mapping}").json["id"]
    correct = ("imports", "correct", import_id)
    assert ledgerport(*correct, "2", "--set", "Balance=2.00").exit_code == 0
    assert ledgerport(*correct, "2", "--set", "Balance").exit_code == 2
    assert ledgerport(*correct, "2", "--set", "Nope=1").exit_code == 2
    ready = ledgerport("imports", "show", import_id, "--watch", "--json").json
    assert ready["counts"]["created"] == 2
    assert ledgerport("imports", "complete", import_id, "--watch").exit_code == 6

    after = ledgerport(*correct, "3", "--set", "Balance=3.00", "--complete", "--json").json
    assert after["corrects"] == import_id
    replace = ("imports", "replace", import_id, "--column", "Balance", "--from", "bad", "--to")
    replaced = ledgerport(*replace, "4.00", "--json")
    assert replaced.exit_code == 0, replaced.err
    retried = ledgerport("imports", "retry", import_id, "--watch", "--json")
    assert (retried.exit_code, retried.json["counts"]["rows"]) == (0, 2)
    assert ledgerport("imports", "retry", import_id, "--finding", "moved").exit_code == 5


def test_rejects_are_judged_again_by_another_date_format(
    ledgerport: Command, tmp_path: Path, mark: str
) -> None:
    path = tmp_path / "dates.csv"
    header = HEADER.replace("\n", ",DueDate\n")
    path.write_text(header + f"D-{mark}-1,Alpha,10.00,31.12.2026\nD-{mark}-2,B,1.00,2026-12-31\n")
    done = book(ledgerport, path)
    assert (done["counts"]["created"], done["counts"]["rejected"]) == (1, 1)
    again = ("imports", "retry", done["id"], "--set", "formats.date=DD.MM.YYYY", "--complete")
    retried = ledgerport(*again, "--watch", "--json")
    assert (retried.exit_code, retried.json["counts"]["rows"]) == (0, 1), retried.err
    assert retried.json["corrects"] == done["id"]
    shown = ledgerport("imports", "show", done["id"], "--json").json
    assert shown["corrected_by"] == [retried.json["id"]]
    assert shown["counts"]["rejected"] == 1


def test_a_trailer_is_checked_and_the_accounts_are_acknowledged(
    ledgerport: Command, tmp_path: Path, mark: str
) -> None:
    path = tmp_path / "accounts.csv"
    path.write_text(HEADER + f"T-{mark}-1,Alpha,10.00\nT-{mark}-2,Beta,20.00\nEND,2,30.00\n")
    done = book(ledgerport, path, "--trailer", "END:2:3")
    assert done["counts"]["created"] == 2
    target = tmp_path / "acknowledgment.csv"
    ran = ledgerport("imports", "acknowledgment", done["id"], "-o", target)
    assert ran.exit_code == 0, ran.err
    rows = list(csv.DictReader(io.StringIO(target.read_text("utf-8-sig"))))
    assert [(row["CurrentBalance"], row["Outcome"]) for row in rows] == [
        ("10.00", "created"),
        ("20.00", "created"),
    ]
