"""What a person reads of an import, and the exit code that a program sees."""

from typing import Any

import pytest

from cli.import_summary import exit_code_of, show_import
from cli.live_load import summarise
from cli.output import Output

VIEW: dict[str, Any] = {
    "id": "01a2",
    "state": "completed",
    "record_type": "accounts",
    "plan": {"id": "p-1"},
    "file": {
        "name": "a.csv",
        "bytes": 1200,
        "sha256": "ab",
        "encoding": "utf-8",
        "seen_before": None,
    },
    "counts": {"rows": 3, "created": 2, "rejected": 1, "pending": 0},
    "warnings": 0,
    "amounts": {"USD": {"in": 125050, "created": 125000, "rejected": 50, "posted": 125000}},
    "findings": [
        {
            "code": "required",
            "field": "AccountName",
            "rows": 1,
            "sample": 2,
            "sentence": "A required value is missing.",
            "way_on": "Correct it.",
        }
    ],
    "corrects": None,
    "created_at": "2026-11-24T12:00:00Z",
    "completed_at": "2026-11-24T12:00:01Z",
    "actor": "local",
    "failure": None,
}


def show(view: dict[str, Any], capsys: pytest.CaptureFixture[str], *, as_json: bool = False) -> str:
    show_import(Output(as_json=as_json), view)
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def test_amounts_are_shown_in_major_units(capsys: pytest.CaptureFixture[str]) -> None:
    shown = show(VIEW, capsys)
    assert "1,250.50" in shown
    assert "125050" not in shown


def test_a_finding_is_shown_with_its_row_and_its_way_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = show(VIEW, capsys)
    line = next(line for line in shown.splitlines() if line.startswith("required"))
    assert "AccountName" in line
    assert "Correct it." in line


def test_rejected_rows_lead_to_the_error_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert "ledgerport imports errors 01a2" in show(VIEW, capsys)
    clean = VIEW | {"counts": {"rows": 2, "created": 2}}
    assert "imports errors" not in show(clean, capsys)


def test_json_is_the_answer_as_it_came(capsys: pytest.CaptureFixture[str]) -> None:
    assert '"minor"' not in show(VIEW, capsys, as_json=True)
    assert '"in": 125050' in show(VIEW, capsys, as_json=True)


@pytest.mark.parametrize(
    ("state", "rejected", "exit_code"),
    [("completed", 0, 0), ("completed", 1, 6), ("ready", 1, 0), ("failed", 0, 1)],
)
def test_the_exit_code_tells_completed_rejected_and_failed_apart(
    state: str, rejected: int, exit_code: int
) -> None:
    view = VIEW | {"state": state, "counts": {"rows": 3, "rejected": rejected}}
    assert exit_code_of(view) == exit_code


def test_percentiles_go_by_the_nearest_rank_and_lost_ones_are_counted() -> None:
    load = summarise([number / 1000 for number in range(1, 101)], sent=103)
    assert (load.p50, load.p99, load.worst, load.lost) == (50.0, 99.0, 100.0, 3)
