"""What the doctor says of imports that are stuck or failed, from what the API answers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.doctor_checks import Diagnosis, check_imports


class Answers:
    """An API that lists these imports."""

    def __init__(self, *views: dict[str, Any]) -> None:
        self.views = views

    def iterate(self, _path: str, **_more: Any) -> list[dict[str, Any]]:
        return list(self.views)


def view(state: str, *, minutes: float, **more: Any) -> dict[str, Any]:
    ago = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()
    return {
        "id": "i-1",
        "state": state,
        "created_at": ago,
        "ready_at": None,
        "completed_at": None,
        "counts": {"rows": 1000, "pending": 370},
        "failure": None,
        **more,
    }


def examine(*views: dict[str, Any]) -> list[Diagnosis]:
    answers: Any = Answers(*views)
    return list(check_imports(answers))


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("reading", "630 of 1,000 rows"),
        ("completing", "not booked all"),
        ("reverting", "not undone all"),
        ("received", "nobody has begun"),
    ],
)
def test_a_stuck_import_is_named_with_its_cause_and_the_way_on(state: str, said: str) -> None:
    stuck, summary = examine(view(state, minutes=9))
    assert stuck.standing == "suspect"
    assert "i-1" in stuck.sentence
    assert said in stuck.sentence
    assert stuck.way_on
    assert summary.standing == "sound"


def test_what_moved_a_moment_ago_is_not_stuck() -> None:
    ready_at = datetime.now(UTC).isoformat()
    assert len(examine(view("completing", minutes=5000, ready_at=ready_at))) == 1
    assert len(examine(view("reading", minutes=1))) == 1
    assert len(examine(view("ready", minutes=5000))) == 1


def test_a_failed_import_is_named_with_its_own_words() -> None:
    failure = {"code": "x", "sentence": "The archive is damaged.", "way_on": "Pack it again."}
    failed, _ = examine(view("failed", minutes=1, failure=failure))
    assert "The archive is damaged." in failed.sentence
    assert failed.way_on == "Pack it again."
