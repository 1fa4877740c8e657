"""The state folder and what the launcher keeps in it: private files, ports, secrets, logs, lock."""

import base64
import itertools
import json
import os
import re
import shutil
import socket
import stat
from pathlib import Path

import pytest

from deploy.local.credentials import load_secrets
from deploy.local.jars import read_lock
from deploy.local.logs import follow, open_log, rotate_large_logs
from deploy.local.ports import allocate_ports, is_free, read_ports
from deploy.local.postgres import claim_place, is_open_to_all
from deploy.local.state import AlreadyRunningError, State
from deploy.private_files import write_private


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path / "state")
    state.create()
    return state


def test_a_private_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("old", "utf-8")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text("utf-8") == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_ports_are_remembered_while_they_are_free(state: State) -> None:
    first = allocate_ports(state, ["a", "b"])
    assert len(set(first.values())) == 2
    assert allocate_ports(state, ["a", "b"]) == first == read_ports(state)


def test_a_port_that_somebody_took_is_replaced(state: State) -> None:
    first = allocate_ports(state, ["a", "b"])
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", first["a"]))
        somebody.listen()
        assert not is_free(first["a"])
        second = allocate_ports(state, ["a", "b"])
    assert second["a"] != first["a"]
    assert second["b"] == first["b"]


def test_secrets_are_made_once_and_kept_private(state: State) -> None:
    first = load_secrets(state)
    assert load_secrets(state) == first
    assert stat.S_IMODE(state.secrets.stat().st_mode) == 0o600
    assert len(base64.b64decode(first.master_key)) == 32
    assert len({first.postgres, first.ingest, first.ledger, first.exporter, first.access}) == 5


def test_the_lock_is_held_by_one_and_names_its_holder(state: State) -> None:
    assert state.supervisor() is None
    with state.locked():
        assert state.supervisor() == os.getpid()
        with pytest.raises(AlreadyRunningError), state.locked():
            pass
    assert state.supervisor() is None


def test_removing_takes_all_data_but_not_the_downloads(state: State, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    for folder in (state.root / "postgres" / "data", state.root / "cache", outside):
        folder.mkdir(parents=True)
    state.remember_place(outside)
    state.remove()
    assert not outside.exists()
    assert [entry.name for entry in state.root.iterdir()] == ["cache"]


def test_a_folder_that_is_no_state_is_not_removed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine", "utf-8")
    State(tmp_path).remove()
    assert precious.exists()


def test_only_a_path_that_all_may_walk_is_open_to_all(tmp_path: Path) -> None:
    folder = tmp_path / "closed" / "inner"
    folder.mkdir(parents=True)
    folder.parent.chmod(0o700)
    assert not is_open_to_all(folder)
    assert is_open_to_all(Path("/usr"))


def test_an_outside_place_is_claimed_and_abandoned_ones_are_removed(
    state: State, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    gone = State(tmp_path / "gone")
    gone.create()
    claim_place(gone, outside / "ledgerport-gone")
    claim_place(state, outside / "ledgerport-ours")
    assert len(list(outside.iterdir())) == 2
    gone.remove()
    assert not (outside / "ledgerport-gone").exists()
    gone.create()
    claim_place(gone, outside / "ledgerport-gone")
    shutil.rmtree(gone.root)
    claim_place(state, outside / "ledgerport-ours")
    assert [place.name for place in outside.iterdir()] == ["ledgerport-ours"]


def test_a_large_log_is_rotated_under_the_hands_of_its_writer(state: State) -> None:
    path = state.log("talker")
    with open_log(path) as log:
        log.write(b"before\n" * 100)
        rotate_large_logs(state.logs, limit=100)
        log.write(b"after\n")
    assert path.read_bytes() == b"after\n"
    assert path.with_suffix(".log.1").read_bytes() == b"before\n" * 100


def test_following_shows_the_tail_and_then_what_is_added(state: State) -> None:
    with open_log(state.log("talker")) as log:
        log.write(b"first\n")
        lines = follow(state, ["talker"])
        assert next(lines) == "talker | first"
        log.write(b"second\nthi")
        log.write(b"rd\n")
        assert list(itertools.islice(lines, 2)) == ["talker | second", "talker | third"]


def test_a_log_name_cannot_leave_its_folder(state: State) -> None:
    with pytest.raises(ValueError, match="not a process name"):
        state.log("../secrets")


def test_the_lock_of_jars_is_complete_and_pinned_by_hash() -> None:
    jars = read_lock()
    assert {jar.part for jar in jars} == {"kafka", "object-store"}
    assert len({(jar.part, jar.group, jar.artifact) for jar in jars}) == len(jars) == 65
    assert all(re.fullmatch("[0-9a-f]{64}", jar.sha256) for jar in jars)


def test_the_ports_file_is_plain_json(state: State) -> None:
    ports = allocate_ports(state, ["api"])
    assert json.loads(state.ports.read_text("utf-8")) == ports
