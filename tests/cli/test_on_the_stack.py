"""Each command against real services: what it prints where, and how it ends."""

import csv
import hashlib
import io
import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command, run_command
from tests.stack import Stack

HEADER = "AccountNumber,AccountName,Balance,Status\n"


@pytest.fixture
def mark() -> str:
    """Makes the account numbers of one test its own."""
    return uuid.uuid4().hex[:8]


@pytest.fixture
def file(tmp_path: Path, mark: str) -> Path:
    """Three good rows and a bad one."""
    path = tmp_path / "accounts.csv"
    rows = [f"C-{mark}-{number},Name {number},{number}00.50,Active\n" for number in (1, 2, 3)]
    path.write_text(HEADER + "".join(rows) + f"C-{mark}-4,Name 4,12x,Active\n")
    return path


def create(ledgerport: Command, file: Path, *options: str) -> dict[str, Any]:
    ran = ledgerport("imports", "create", file, "--type", "accounts", "--watch", "--json", *options)
    assert ran.exit_code in (0, 6), ran.err
    return ran.json


def test_a_watched_import_stops_for_review_and_books_when_completed(
    ledgerport: Command, file: Path
) -> None:
    ran = ledgerport("imports", "create", file, "--type", "accounts", "--watch")
    assert ran.exit_code == 0
    assert "ready for review" in ran.err
    [line] = [line for line in ran.out.splitlines() if line.startswith("import ")]
    import_id = line.split()[1].rstrip(":")
    assert "rows (planned)" in ran.out
    assert ledgerport("imports", "show", import_id, "--json").json["state"] == "ready"

    completed = ledgerport("imports", "complete", import_id, "--watch")
    assert completed.exit_code == 6, completed.err
    assert "posted" in completed.out
    assert "601.50" in completed.out.replace(",", "")
    again = ledgerport("imports", "complete", import_id, "--watch")
    assert again.exit_code == 6


def test_with_complete_one_command_does_it_all_and_tells_of_rejects_by_its_exit_code(
    ledgerport: Command, file: Path
) -> None:
    ran = ledgerport(
        "imports", "create", file, "--type", "accounts", "--complete", "--watch", "--json"
    )
    assert ran.exit_code == 6
    assert ran.json["state"] == "completed"
    assert ran.json["counts"]["created"] == 3
    assert ran.json["counts"]["rejected"] == 1


def test_rows_errors_and_source_are_read_back(ledgerport: Command, file: Path) -> None:
    import_id = create(ledgerport, file, "--complete")["id"]
    rows = ledgerport("imports", "rows", import_id, "--outcome", "rejected", "--json").json
    assert [row["row"] for row in rows] == [4]
    [error] = csv.DictReader(io.StringIO(ledgerport("imports", "errors", import_id).out))
    assert error["Balance"] == "12x"
    assert ledgerport("imports", "source", import_id).out == file.read_text()


def test_rows_of_several_pages_are_joined_up_to_the_limit(
    ledgerport: Command, tmp_path: Path, mark: str
) -> None:
    path = tmp_path / "many.csv"
    lines = [f"C-{mark}-{number},Name,1.00,Active\n" for number in range(250)]
    path.write_text(HEADER + "".join(lines))
    import_id = create(ledgerport, path)["id"]
    rows = ledgerport("imports", "rows", import_id, "--limit", "230", "--json").json
    assert [row["row"] for row in rows] == list(range(1, 231))


def test_a_cancelled_import_cannot_be_completed(ledgerport: Command, file: Path) -> None:
    view = create(ledgerport, file)
    assert ledgerport("imports", "cancel", view["id"]).exit_code == 0
    ran = ledgerport("imports", "complete", view["id"], "--plan", view["plan"]["id"])
    assert ran.exit_code == 5
    assert ran.err.startswith("error: ")


def test_an_import_that_lacks_a_mapping_says_so_and_goes_on_when_it_is_set(
    ledgerport: Command, tmp_path: Path, mark: str
) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(f"Nr,Wer,Betrag\nC-{mark},Name,1.00\n")
    ran = ledgerport("imports", "create", path, "--type", "accounts", "--watch", "--json")
    assert ran.exit_code == 1
    import_id = ran.json["id"]
    assert "required, without a column: " in ledgerport("imports", "mapping", import_id).out
    mapping = tmp_path / "mapping.json"
    mapping.write_text(
        json.dumps({"Nr": "AccountNumber", "Wer": "AccountName", "Betrag": "Balance"})
    )
    assert ledgerport("imports", "mapping", import_id, "--set", mapping).exit_code == 0
    shown = ledgerport("imports", "show", import_id, "--watch", "--json").json
    assert (shown["state"], shown["counts"]["created"]) == ("ready", 1)


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (("imports", "show", "01a20da3-bd03-7001-8946-c8f990443099"), 3),
        (("prove", "01a20da3-bd03-7001-8946-c8f990443099"), 3),
        (("imports", "create", "no-such-file.csv", "--type", "accounts"), 3),
        (("exports", "create", "--dataset", "accounts", "--filter", "nonsense=1"), 2),
        (("exports", "create", "--dataset", "accounts", "--filter", "nonsense"), 2),
        (("imports", "create"), 2),
        (("nothing",), 2),
    ],
)
def test_failures_end_with_their_exit_code_and_words_on_stderr_only(
    ledgerport: Command, arguments: tuple[str, ...], exit_code: int
) -> None:
    ran = ledgerport(*arguments)
    assert (ran.exit_code, ran.out) == (exit_code, "")
    assert ran.err
    assert "Traceback" not in ran.err


def test_a_file_of_an_unknown_type_is_wrong_usage(ledgerport: Command, file: Path) -> None:
    ran = ledgerport("imports", "create", file, "--type", "spaceships")
    assert ran.exit_code == 2
    assert "accounts" in ran.err


def test_an_unknown_key_is_not_allowed(stack: Stack) -> None:
    ran = run_command(
        "imports", "list", LEDGERPORT_URL=stack.url, LEDGERPORT_API_KEY="lp_00000000_nothing"
    )
    assert ran.exit_code == 4


def test_a_stack_that_is_away_is_told_with_a_way_on() -> None:
    ran = run_command(
        "imports", "list", LEDGERPORT_URL="http://127.0.0.1:9", LEDGERPORT_API_KEY="k"
    )
    assert ran.exit_code == 1
    assert "make up" in ran.err


def test_an_export_is_written_whole_with_the_hash_that_was_announced(
    ledgerport: Command, file: Path, tmp_path: Path
) -> None:
    import_id = create(ledgerport, file, "--complete")["id"]
    target = tmp_path / "out" / "accounts.csv"
    ran = ledgerport(
        *("exports", "create", "--dataset", "accounts", "--format", "csv", "--layout", "import"),
        *("--filter", f"import_id={import_id}", "--output", target, "--json"),
    )
    assert ran.exit_code == 0, ran.err
    assert hashlib.sha256(target.read_bytes()).hexdigest() == ran.json["sha256"]
    rows = list(csv.DictReader(target.open(encoding="utf-8-sig")))
    assert [row["Balance"] for row in rows] == ["100.50", "200.50", "300.50"]
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    listed = ledgerport("exports", "list", "--limit", "5", "--json").json
    assert ran.json["id"] in [item["id"] for item in listed]
    downloaded = ledgerport("exports", "download", ran.json["id"])
    assert downloaded.out.encode() == target.read_bytes()


def test_records_are_submitted_once_in_effect_and_their_outcomes_come_back(
    ledgerport: Command, tmp_path: Path, mark: str
) -> None:
    path = tmp_path / "records.ndjson"
    records: list[dict[str, str]] = [
        {"AccountNumber": f"C-{mark}-1", "AccountName": "Live", "Balance": "10.00"},
        {"AccountNumber": f"C-{mark}-2", "AccountName": "", "Balance": "10.00"},
    ]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    source = f"/test/{mark}"
    arguments = ("records", "submit", path, "--type", "accounts", "--source", source, "--wait")
    first = ledgerport(*arguments, "--json")
    assert first.exit_code == 6, first.err
    outcomes = {item["reference"]: item["outcome"] for item in first.json["settled"]}
    assert outcomes == {f"C-{mark}-1": "created", f"C-{mark}-2": "rejected"}

    again = ledgerport(*arguments, "--json")
    assert again.json["unanswered"] == []
    by_id = sorted(first.json["settled"], key=lambda item: item["ce_id"])
    assert sorted(again.json["settled"], key=lambda item: item["ce_id"]) == by_id

    [feed] = ledgerport("feeds", "list", "--source", source, "--json").json
    shown = ledgerport("feeds", "show", feed["id"], "--json").json
    assert (shown["counts"]["rows"], shown["counts"]["created"]) == (2, 1)


def test_a_template_is_printed_and_imports_as_it_is(ledgerport: Command, tmp_path: Path) -> None:
    target = tmp_path / "template.csv"
    assert ledgerport("templates", "get", "accounts", "--output", target).exit_code == 0
    printed = ledgerport("templates", "get", "accounts").out
    assert printed.splitlines() == target.read_text("utf-8").splitlines()
    view = create(ledgerport, target)
    assert (view["state"], view["counts"]["rejected"]) == ("ready", 0)


def test_a_key_works_within_its_scopes_until_it_is_revoked(
    ledgerport: Command, stack: Stack, mark: str
) -> None:
    made = ledgerport("keys", "create", "--name", mark, "--scope", "imports:read")
    secret = made.out.strip()
    assert made.exit_code == 0
    assert secret not in made.err
    own = {"LEDGERPORT_URL": stack.url, "LEDGERPORT_API_KEY": secret}
    assert run_command("imports", "list", **own).exit_code == 0
    assert run_command("keys", "list", **own).exit_code == 4
    keys = ledgerport("keys", "list", "--limit", "100", "--json").json
    [key] = [item for item in keys if item["name"] == mark]
    assert secret not in json.dumps(keys)
    assert ledgerport("keys", "revoke", key["id"]).exit_code == 0
    [revoked] = [
        item
        for item in ledgerport("keys", "list", "--limit", "100", "--json").json
        if item["name"] == mark
    ]
    assert revoked["revoked_at"] is not None


def test_the_doctor_finds_a_running_stack_sound(ledgerport: Command) -> None:
    ran = ledgerport("doctor", "--json")
    assert ran.exit_code == 0, ran.out
    standings = {item["part"]: item["standing"] for item in ran.json}
    for part in ("connection", "processes", "API", "key", "broker", "topics"):
        assert standings[part] == "sound", ran.json


def test_generated_load_is_imported_and_its_speed_is_told(ledgerport: Command) -> None:
    ran = ledgerport("load", "run", "--rows", "500", "--seed", "991", "--json")
    assert ran.exit_code == 0, ran.err
    assert (ran.json["state"], ran.json["rows"]) == ("completed", 500)
    assert ran.json["rows_per_second"] > 0


def test_a_load_file_goes_to_standard_output() -> None:
    ran = run_command("load", "generate", "--rows", "3", "--type", "transactions")
    assert (ran.exit_code, ran.err) == (0, "")
    assert len(ran.out.splitlines()) == 4
