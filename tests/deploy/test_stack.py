"""The whole stack, as `make up` runs it: who knows what, how callers find it, and the demo."""

import json
import re
import stat
from pathlib import Path

import httpx
import pytest

from deploy.local.children import started_at
from deploy.local.demo import run_demo
from deploy.local.topology import PREFIX, SERVERS
from tests.deploy.test_supervisor import wait_until
from tests.stack import Stack


def read_connection(stack: Stack) -> dict[str, object]:
    return json.loads(stack.state.connection.read_text("utf-8"))


def read_processes(stack: Stack) -> dict[str, int]:
    return read_connection(stack)["processes"]  # type: ignore[return-value]


def read_variables(pid: int) -> dict[str, str]:
    """The environment with which a process was started."""
    entries = Path("/proc", str(pid), "environ").read_text("utf-8").split("\0")
    return dict(entry.split("=", 1) for entry in entries if entry)


def test_the_connection_file_says_all_that_callers_need(stack: Stack) -> None:
    connection = read_connection(stack)
    assert set(connection) == {
        *("url", "api_key", "kafka_bootstrap", "postgres_dsn"),
        *("s3_endpoint", "s3_access_key", "s3_secret_key", "processes"),
    }
    assert stat.S_IMODE(stack.state.connection.stat().st_mode) == 0o600
    processes = read_processes(stack)
    assert set(processes) == {
        *("postgres", "kafka", "object-store", "api"),
        *("ingest-worker", "validator-worker", "ledger-worker", "exporter-worker"),
    }
    assert all(started_at(pid) for pid in processes.values())


def test_the_first_key_opens_the_api_and_nothing_else_does(stack: Stack) -> None:
    key = read_connection(stack)["api_key"]
    with httpx.Client(base_url=stack.url, timeout=10) as client:
        assert client.get("/v1/imports").status_code == 401
        answer = client.get("/v1/imports", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 200


def test_each_process_is_given_its_own_variables_only(stack: Stack) -> None:
    pids = read_processes(stack)
    for role in SERVERS:
        given = {name for name in read_variables(pids[role.name]) if name.startswith(PREFIX)}
        assert given == {f"{PREFIX}{name}" for name in role.variables}, role.name
        assert f"{PREFIX}STATE" not in given
        assert f"{PREFIX}ADMIN_POSTGRES_DSN" not in given


@pytest.mark.parametrize("name", ["validator-worker", "api"])
def test_a_killed_service_is_started_again_and_the_connection_file_follows(
    stack: Stack, name: str
) -> None:
    starts = stack.unit(name).starts
    old = stack.kill(name)
    wait_until(lambda: read_processes(stack)[name] != old, seconds=10)
    assert started_at(read_processes(stack)[name])
    stack.wait_ready(name, starts=starts + 1)


def test_secrets_are_in_no_command_line_and_in_no_log(stack: Stack) -> None:
    secrets = stack.wiring.secrets.model_dump()
    secrets.pop("kafka_cluster")
    commands = [
        Path("/proc", str(pid), "cmdline").read_text("utf-8")
        for pid in read_processes(stack).values()
    ]
    logs = [path.read_text("utf-8", "replace") for path in stack.state.logs.glob("*.log")]
    for name, secret in secrets.items():
        assert not [text for text in (*commands, *logs) if secret in text], name


def test_the_demo_can_be_repeated_and_then_finds_its_rows_unchanged(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    run_demo(stack.state)
    first = capsys.readouterr().out
    assert re.search(r"accounts\.csv: 200 rows, \d+ (created|unchanged)", first)
    exported = stack.state.root / "exports" / "accounts.csv"
    assert str(exported) in first
    run_demo(stack.state)
    second = capsys.readouterr().out
    assert re.search(r"accounts\.csv: 200 rows, \d+ unchanged", second)
    assert " created" not in second
    assert re.findall(r"[\d,.]+ [A-Z]{3}$", first, re.M) == re.findall(
        r"[\d,.]+ [A-Z]{3}$", second, re.M
    )
