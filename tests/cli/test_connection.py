"""Where a command finds its connection, and what it says when there is none."""

import json
from pathlib import Path

import pytest

from cli.connection import find_connection
from cli.failures import NOT_ALLOWED, USAGE, CommandFailure

LOCAL = {"url": "http://127.0.0.1:1/", "api_key": "lp_a_b", "kafka_bootstrap": "127.0.0.1:2"}


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("URL", "API_KEY", "KAFKA_BOOTSTRAP", "POSTGRES_DSN"):
        monkeypatch.delenv(f"LEDGERPORT_{name}", raising=False)


def write(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def test_a_chosen_file_wins_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGERPORT_URL", "http://elsewhere")
    monkeypatch.setenv("LEDGERPORT_API_KEY", "lp_c_d")
    found = find_connection(write(tmp_path / "mine.json", LOCAL))
    assert (found.url, found.api_key) == ("http://127.0.0.1:1", "lp_a_b")


def test_the_environment_wins_over_the_local_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / ".local/connection.json", LOCAL)
    monkeypatch.setenv("LEDGERPORT_URL", "http://elsewhere/")
    monkeypatch.setenv("LEDGERPORT_API_KEY", "lp_c_d")
    found = find_connection(None)
    assert (found.url, found.api_key, found.kafka_bootstrap) == ("http://elsewhere", "lp_c_d", None)


def test_the_local_stack_is_found_from_a_folder_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / ".local/connection.json", LOCAL)
    below = tmp_path / "samples" / "large"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert find_connection(None).need_kafka() == "127.0.0.1:2"


def test_no_connection_is_one_sentence_with_a_way_on() -> None:
    with pytest.raises(CommandFailure) as failure:
        find_connection(None)
    assert failure.value.exit_code == USAGE
    assert "make up" in failure.value.way_on


def test_a_url_without_a_key_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGERPORT_URL", "http://elsewhere")
    with pytest.raises(CommandFailure, match="LEDGERPORT_API_KEY is not set"):
        find_connection(None)


def test_a_stack_that_still_starts_has_no_key_yet(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.json", LOCAL | {"api_key": None})
    with pytest.raises(CommandFailure) as failure:
        find_connection(path)
    assert failure.value.exit_code == NOT_ALLOWED


@pytest.mark.parametrize("content", [[], {"url": "http://x"}, "text"])
def test_a_file_of_another_kind_is_refused_by_name(tmp_path: Path, content: object) -> None:
    with pytest.raises(CommandFailure, match=r"mine\.json is not a connection file"):
        find_connection(write(tmp_path / "mine.json", content))


def test_a_connection_without_a_broker_says_what_to_set(tmp_path: Path) -> None:
    found = find_connection(write(tmp_path / "mine.json", {"url": "http://x", "api_key": "k"}))
    with pytest.raises(CommandFailure) as failure:
        found.need_kafka()
    assert "LEDGERPORT_KAFKA_BOOTSTRAP" in failure.value.way_on
