"""Lines of a file as upstream records: names that repeat, exact amounts, nothing half sent."""

import json
from pathlib import Path

import pytest

from cli.failures import USAGE, CommandFailure
from cli.submissions import Submission, read_submissions

LINES = '{"AccountNumber": "A-1"}\n\n{"AccountNumber": "A-1"}\n{"AccountName": "No number"}\n'


def read(path: Path, text: str, *, record_type: str | None = "accounts") -> list[Submission]:
    path.write_text(text, encoding="utf-8")
    return read_submissions(path, record_type=record_type, source="/test")


def test_equal_lines_are_different_events_and_the_same_ones_when_sent_again(
    tmp_path: Path,
) -> None:
    first = read(tmp_path / "one.ndjson", LINES)
    again = read(tmp_path / "copy.ndjson", LINES)
    assert len({item.identity for item in first}) == 3
    assert first == again


def test_other_content_makes_other_events(tmp_path: Path) -> None:
    first = read(tmp_path / "one.ndjson", LINES)
    other = read(tmp_path / "two.ndjson", LINES.replace("A-1", "A-2"))
    assert not {item.identity for item in first} & {item.identity for item in other}


def test_the_key_is_the_account_number_where_there_is_one(tmp_path: Path) -> None:
    first, _, nameless = read(tmp_path / "one.ndjson", LINES)
    assert first.key == b"A-1"
    assert nameless.key == nameless.event_id.encode()


def test_a_line_may_say_its_type_id_and_source_itself(tmp_path: Path) -> None:
    line = {"record_type": "transactions", "record": {"Type": "fee"}, "id": "7", "source": "/b"}
    [found] = read(tmp_path / "one.ndjson", json.dumps(line), record_type=None)
    assert found == Submission("/b", "7", "transactions", {"Type": "fee"})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"Balance": 10.10}', "write it as text"),
        ('{"AccountNumber": ', "one.ndjson:1"),
        ("[1]", "no JSON object"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_sent(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(CommandFailure, match="Nothing was sent") as failure:
        read(tmp_path / "one.ndjson", text)
    assert sentence in failure.value.sentence
    assert failure.value.exit_code == USAGE


def test_a_record_without_a_type_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(CommandFailure, match="does not say its record type"):
        read(tmp_path / "one.ndjson", "{}", record_type=None)
