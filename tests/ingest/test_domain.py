"""What ingest decides, without any I/O."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.api.imports import ImportConfig
from contracts.records import record_types
from services.files.formulas import neutralise_formula, restore_formula
from services.ingest.domain.corrections import ErrorRows, error_header
from services.ingest.domain.file_names import clean_file_name, content_disposition
from services.ingest.domain.mappings import (
    change_targets,
    choose_targets,
    find_missing,
    lay_out,
    settle_targets,
)
from services.ingest.domain.problems import ConfigRefused, StepRefused
from services.ingest.domain.row_messages import RowEncoder
from services.ingest.domain.snapshots import take_snapshot
from services.ingest.domain.states import (
    check_may_cancel,
    check_may_change,
    check_may_complete,
    count_rows,
    state_of,
)
from services.ingest.domain.uploads import Import, LedgerFacts, Upload

ACCOUNTS = record_types()["accounts"]
PLAN = uuid4()
NOW = datetime(2026, 1, 2, tzinfo=UTC)
TARGETS = (("Name", "AccountName"), ("Sum", "Balance"), ("Rest", None))


def upload(**more: Any) -> Upload:
    known = Upload(
        import_id=uuid4(),
        record_type="accounts",
        state="read",
        revision=1,
        actor="tester",
        created_at=NOW,
        file_name="a.csv",
        file_bytes=1,
        file_sha256="0" * 64,
        config=ImportConfig(record_type="accounts").model_dump(mode="json"),
        config_version=1,
        targets=TARGETS,
        table=None,
        rows_read=3,
        rows=3,
        failure=None,
        corrects=None,
        completion_plan=None,
        cancelled_at=None,
    )
    return replace(known, **more)


def facts(**more: Any) -> LedgerFacts:
    known = LedgerFacts(
        import_id=uuid4(),
        state="ready",
        revision=1,
        rows_expected=3,
        rows_staged=3,
        plan_id=PLAN,
        plan_made_at=NOW,
        counts={"rows": 3, "created": 3},
        amounts={},
        warnings=0,
        findings=[],
        control=None,
        as_completed=None,
        ready_at=NOW,
        completed_at=None,
        applied_rows=0,
        config_version=1,
    )
    return replace(known, **more)


AUTOMATIC = {**upload().config, "complete": "automatic"}


@pytest.mark.parametrize(
    ("own", "ledger", "state"),
    [
        (upload(state="mapping"), None, "mapping"),
        (upload(state="reading", rows=None), None, "reading"),
        (upload(), None, "reading"),
        (upload(), facts(state="reading", plan_id=None, revision=None), "reading"),
        (upload(), facts(), "ready"),
        (upload(revision=2), facts(), "reading"),
        (upload(config_version=2), facts(), "reading"),
        (upload(config_version=2), facts(config_version=2), "ready"),
        (upload(config_version=2), facts(state="completing"), "completing"),
        (upload(state="reading", revision=2), facts(revision=2), "reading"),
        (upload(completion_plan=PLAN), facts(), "completing"),
        (upload(completion_plan=PLAN), facts(findings=[{"code": "plan_superseded"}]), "ready"),
        (upload(completion_plan=uuid4()), facts(), "ready"),
        (upload(completion_plan=PLAN), facts(state="completing"), "completing"),
        (upload(), facts(state="completed"), "completed"),
        (upload(state="failed"), facts(), "failed"),
        (upload(cancelled_at=NOW), None, "cancelled"),
        (upload(cancelled_at=NOW), facts(), "cancelled"),
        (upload(cancelled_at=NOW, config=AUTOMATIC), facts(), "ready"),
        (upload(cancelled_at=NOW, config=AUTOMATIC), facts(state="cancelled"), "cancelled"),
        (upload(cancelled_at=NOW, config=AUTOMATIC), facts(state="completing"), "completing"),
        (upload(cancelled_at=NOW, config=AUTOMATIC, state="reading"), None, "cancelled"),
    ],
)
def test_the_state_is_told_from_both_halves(
    own: Upload, ledger: LedgerFacts | None, state: str
) -> None:
    assert state_of(Import(own, ledger)) == state


def test_rows_that_are_not_judged_are_pending() -> None:
    reading = Import(upload(), facts(plan_id=None, state="reading", revision=None, rows_staged=1))
    assert (count_rows(reading)["rows"], count_rows(reading)["pending"]) == (3, 2)
    assert count_rows(Import(upload(), facts()))["pending"] == 0


def test_a_completion_is_asked_for_once() -> None:
    assert check_may_complete(Import(upload(), facts()), PLAN) is True
    assert check_may_complete(Import(upload(completion_plan=PLAN), facts()), PLAN) is False
    assert check_may_complete(Import(upload(), facts(state="completed")), PLAN) is False


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (Import(upload(), None), "not_ready"),
        (Import(upload(state="mapping"), None), "not_ready"),
        (Import(upload(), facts(plan_id=uuid4())), "plan_not_current"),
        (Import(upload(), facts(plan_id=uuid4(), state="completed")), "not_ready"),
        (Import(upload(), facts(control={"matches": False})), "control_totals_mismatch"),
    ],
)
def test_a_completion_that_cannot_be_is_refused(found: Import, code: str) -> None:
    with pytest.raises(StepRefused) as refused:
        check_may_complete(found, PLAN)
    assert refused.value.code == code
    assert refused.value.way_on


def test_an_override_lets_missed_totals_pass() -> None:
    overridden = upload(config={**upload().config, "control_override": {"reason": "known"}})
    found = Import(overridden, facts(control={"matches": False}))
    assert check_may_complete(found, PLAN) is True


def test_options_freeze_with_the_completion_and_the_end() -> None:
    check_may_change(Import(upload(state="failed"), None))
    for own, ledger in (
        (upload(completion_plan=PLAN), facts()),
        (upload(), facts(state="completed")),
        (upload(cancelled_at=NOW), None),
        (upload(cancelled_at=NOW, config=AUTOMATIC), facts()),
    ):
        with pytest.raises(StepRefused):
            check_may_change(Import(own, ledger))


def test_a_cancellation_is_said_once_and_not_too_late() -> None:
    assert check_may_cancel(Import(upload(), facts())) is True
    assert check_may_cancel(Import(upload(cancelled_at=NOW), facts())) is False
    with pytest.raises(StepRefused):
        check_may_cancel(Import(upload(), facts(state="completing")))


def test_snapshots_rise_as_the_import_moves_on() -> None:
    life = [
        Import(upload(state="mapping", rows=None, rows_read=0), None),
        Import(upload(state="reading", rows=None, rows_read=1), None),
        Import(upload(state="reading", rows=None, rows_read=3), None),
        Import(upload(), facts(plan_id=None, state="reading")),
        Import(upload(), facts()),
        Import(upload(), facts(state="completing", applied_rows=0)),
        Import(upload(), facts(state="completing", applied_rows=2)),
        Import(upload(), facts(state="completed", applied_rows=3)),
        Import(upload(state="reading", revision=2, rows=None, rows_read=0), None),
    ]
    numbers = [take_snapshot(found).number for found in life]
    assert numbers == sorted(set(numbers))


def test_a_constant_takes_the_place_of_a_suggested_column() -> None:
    suggested = {"Name": "AccountName", "Sum": "Balance"}
    targets = choose_targets(
        ["Name", "Sum"], None, suggested=suggested, constants={"Balance": "1.00"}
    )
    assert targets == (("Name", "AccountName"), ("Sum", None))


def test_columns_are_asked_for_loosely_where_that_is_unambiguous() -> None:
    columns = ["Acct Name", "A B", "A-B"]
    asked = {"acct_name": "AccountName"}
    targets = choose_targets(columns, asked, suggested={}, constants={})
    assert targets[0] == ("Acct Name", "AccountName")
    with pytest.raises(ConfigRefused):
        choose_targets(columns, {"ab": "Balance"}, suggested={}, constants={})


def test_a_field_that_moves_leaves_its_old_column() -> None:
    assert change_targets(TARGETS, {"Rest": "Balance"}) == {
        "Name": "AccountName",
        "Sum": None,
        "Rest": "Balance",
    }


def test_a_constant_and_a_column_named_for_it_are_refused() -> None:
    with pytest.raises(ConfigRefused):
        settle_targets(TARGETS, {"Sum": "Balance"}, {"Balance": "1"})
    assert settle_targets(TARGETS, {}, {"Balance": "1"})[1] == ("Sum", None)


def test_missing_is_what_is_required_and_has_neither_column_nor_constant() -> None:
    assert find_missing(ACCOUNTS, (("Sum", "Balance"),), {}) == ["AccountName"]
    assert find_missing(ACCOUNTS, (("Sum", "Balance"),), {"AccountName": "x"}) == []


def encode(rows: list[list[str]], found: dict[int, Any] | None = None) -> list[Any]:
    encoder = RowEncoder(lay_out(ACCOUNTS, TARGETS, {"Currency": "EUR"}), restore_formula)
    return [orjson.loads(value) for value in encoder.encode(10, rows, found or {})]


def test_rows_carry_their_mapped_cells_and_constants() -> None:
    assert encode([["Alpha", "1.00", "x"], ["Beta", "2.00", "y"]]) == [
        [10, 1, ["Alpha", "1.00", "EUR"]],
        [11, 1, ["Beta", "2.00", "EUR"]],
    ]


def test_odd_rows_say_what_was_found() -> None:
    found = {
        0: ("ragged_long", "too long", ["a", "b", "c", "d"]),
        1: ("ragged_short", "too short", ["a"]),
        2: ("null_bytes", "NUL", ["a", "b", "c"]),
    }
    rows = [["a", "b", "c"]] * 3
    assert encode(rows, found) == [
        [10, 1, ["a", "b", "c", "d"], [["ragged_long", "too long"]]],
        [11, 1, ["a", "b", "EUR"], [["ragged_short", "too short"]]],
        [12, 1, ["a", "b", "EUR"], [["null_bytes", "NUL"]]],
    ]


@given(st.text(), st.text())
def test_whatever_a_cell_holds_an_escaped_one_comes_back_as_it_was(name: str, amount: str) -> None:
    row = [neutralise_formula(name), neutralise_formula(amount), ""]
    try:
        orjson.dumps(row)
    except TypeError:
        return
    assert encode([row])[0][2][:2] == [name, amount]


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_an_error_file_keeps_every_cell(cells: list[str]) -> None:
    lines = ErrorRows(UUID(int=1), ["Name", "Sum", "Rest"], {1}, neutralise_formula)
    line = lines.lay_out(7, cells, [("Sum", "x", "Wrong.")])
    assert line[:3] == [str(UUID(int=1)), "7", "Sum: Wrong."]
    padded = [*cells, *[""] * (3 - len(cells))]
    assert [restore_formula(cell) for cell in line[3:]] == padded
    assert not any(cell.startswith(("=", "@", "\t", "\r")) for cell in line[3:])


def test_an_error_file_of_an_error_file_names_its_rows_once() -> None:
    columns = ["_ImportId", "_Row", "_Errors", "Name"]
    assert error_header(columns) == columns
    lines = ErrorRows(UUID(int=1), columns, (), neutralise_formula)
    assert lines.lay_out(1, ["old", "9", "old", "Alpha"], [])[3:] == ["Alpha"]


@given(st.text(max_size=400))
def test_a_file_name_is_always_safe_to_show_and_send(name: str) -> None:
    cleaned = clean_file_name(name)
    assert 0 < len(cleaned) <= 255
    assert not set(cleaned) & set("/\\\r\n\x00\u202e")
    content_disposition(cleaned).encode("ascii")
