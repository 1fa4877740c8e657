"""docker-compose.yml as users run it: `make test-docker`. Many minutes; needs a Docker engine."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.topology import SERVERS, STEPS
from deploy.local.wiring import BACKENDS
from deploy.secret_values import make_password
from tests.docker.containers import read_service
from tests.docker.engine import find_obstacle
from tests.docker.installation import CommandFailedError, Installation, run

CONTAINERS = (*BACKENDS, *(role.name for role in SERVERS), "caddy")
SCHEMAS = {"access": "api_keys", "ingest": "uploads", "ledger": "accounts", "exporter": "exports"}
ROWS = 20_000


@pytest.fixture(scope="module", autouse=True)
def engine() -> None:
    if obstacle := find_obstacle():
        pytest.fail(obstacle)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    made = Installation(tmp_path_factory.mktemp("installation"))
    made.configure()
    try:
        made.up("--build")
        made.trust()
        yield made
    finally:
        made.remove()


def smoke(installation: Installation) -> str:
    environment = {
        **installation.environment,
        "LEDGERPORT_URL": installation.url,
        "SSL_CERT_FILE": str(installation.authority),
    }
    return run([sys.executable, "-m", "tests.smoke", "--url", installation.url], environment)


def test_all_of_it_is_healthy_and_only_caddy_can_be_reached(installation: Installation) -> None:
    found = {one["Service"]: one for one in installation.list_containers()}
    assert set(found) == {*CONTAINERS, *(step.name for step in STEPS)}
    for name in CONTAINERS:
        assert (found[name]["State"], found[name]["Health"]) == ("running", "healthy"), name
    for step in STEPS:
        assert (found[step.name]["State"], found[step.name]["ExitCode"]) == ("exited", 0)
    published = {
        name: {port["PublishedPort"] for port in one["Publishers"] or ()} - {0}
        for name, one in found.items()
    }
    chosen = installation.settings
    ports = {int(chosen["LEDGERPORT_HTTP_PORT"]), int(chosen["LEDGERPORT_HTTPS_PORT"])}
    assert {name: ports for name, ports in published.items() if ports} == {"caddy": ports}


def test_the_smoke_test_passes_from_outside(installation: Installation) -> None:
    assert "imported, exported and reverted: 20 accounts" in smoke(installation)


def test_our_processes_are_not_root_and_write_nowhere(installation: Installation) -> None:
    for role in SERVERS:
        assert "uid=10001" in installation.compose("exec", "-T", role.name, "id")
        with pytest.raises(CommandFailedError, match="Read-only file system"):
            installation.compose("exec", "-T", role.name, "sh", "-c", "echo >/opt/ledgerport/x")


@pytest.mark.parametrize("service", SCHEMAS)
def test_a_role_reads_its_own_schema_and_no_other(installation: Installation, service: str) -> None:
    password = installation.settings[f"LEDGERPORT_{service.upper()}_POSTGRES_PASSWORD"]
    dsn = f"postgresql://{service}:{password}@postgres/ledgerport"

    def read(table: str) -> str:
        statement = f"select count(*) from {table}"
        return installation.compose("exec", "-T", "postgres", "psql", dsn, "-qtAXc", statement)

    for schema, table in SCHEMAS.items():
        if schema == service:
            assert int(read(f"{schema}.{table}")) >= 0
        else:
            with pytest.raises(CommandFailedError, match="permission denied for schema"):
                read(f"{schema}.{table}")
    if service in ("ingest", "exporter"):
        assert int(read("ledger_v1.accounts")) > 0
    elif service == "access":
        with pytest.raises(CommandFailedError, match="permission denied for schema"):
            read("ledger_v1.accounts")


READ_EVERYTHING = """
import os
from minio import Minio
from minio.error import S3Error
prefix = "LEDGERPORT_{service}_S3_"
client = Minio("object-store:9000", os.environ[prefix + "ACCESS_KEY"],
               os.environ[prefix + "SECRET_KEY"], secure=False, region="us-east-1")
for found in client.list_objects("ledgerport", recursive=True):
    try:
        client.get_object("ledgerport", found.object_name).close()
        print("read", found.object_name)
    except S3Error as error:
        print(error.code, found.object_name)
try:
    client.make_bucket("another")
    print("made another bucket")
except S3Error as error:
    print(error.code, "another")
"""


@pytest.mark.parametrize(("service", "own"), [("ingest", "uploads/"), ("exporter", "exports/")])
def test_a_key_of_the_object_store_opens_the_service_s_own_files_only(
    installation: Installation, service: str, own: str
) -> None:
    program = READ_EVERYTHING.replace("{service}", service.upper())
    worker = f"{service}-worker"
    said = installation.compose("exec", "-T", worker, "python", "-c", program).splitlines()
    found = [line.split() for line in said]
    assert {name.split("/")[0] for _, name in found} == {"uploads", "exports", "another"}
    for code, name in found:
        assert code == ("read" if name.startswith(own) else "AccessDenied"), name


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_that_is_killed_loses_nothing(installation: Installation, name: str) -> None:
    import_id = installation.start_import(ROWS)
    installation.compose("kill", name)
    installation.up()
    view = installation.await_completed(import_id)
    assert view["counts"]["rows"] == ROWS
    assert "checks hold" in installation.prove(import_id)


def test_all_containers_killed_at_once_lose_nothing(installation: Installation) -> None:
    import_id = installation.start_import(ROWS)
    installation.compose("kill")
    installation.up()
    assert installation.await_completed(import_id)["counts"]["rows"] == ROWS
    assert "checks hold" in installation.prove(import_id)
    smoke(installation)


def test_two_workers_of_each_kind_make_the_same_books(installation: Installation) -> None:
    first = installation.next_row
    one_each = installation.start_import(ROWS)
    one = installation.await_completed(one_each)
    installation.revert(one_each)
    installation.up("--no-recreate", "--scale", "ledger-worker=2", "--scale", "validator-worker=2")
    try:
        running = [
            container["Service"]
            for container in installation.list_containers()
            if container["State"] == "running"
        ]
        assert running.count("ledger-worker") == running.count("validator-worker") == 2
        two_each = installation.start_import(ROWS, first=first)
        two = installation.await_completed(two_each)
        assert (two["counts"], two["amounts"]) == (one["counts"], one["amounts"])
        assert "checks hold" in installation.prove(two_each)
    finally:
        installation.up("--scale", "ledger-worker=1", "--scale", "validator-worker=1")


def test_changed_secrets_are_taken_over_and_the_data_outlives_the_containers(
    installation: Installation,
) -> None:
    import_id = installation.start_import(ROWS)
    installation.await_completed(import_id)
    text = installation.env_file.read_text("utf-8")
    for name in ("INGEST_POSTGRES_PASSWORD", "LEDGER_POSTGRES_PASSWORD", "INGEST_S3_SECRET_KEY"):
        text = re.sub(rf"(LEDGERPORT_{name}=).*", rf"\g<1>{make_password()}", text)
    installation.env_file.write_text(text, "utf-8")
    installation.compose("down")
    installation.up()
    assert "checks hold" in installation.prove(import_id)
    smoke(installation)


def test_another_s3_server_takes_minio_s_place_by_three_variables(
    installation: Installation,
) -> None:
    other, secret = f"{installation.project}-s3", "another-secret"
    image = read_service("object-store")["image"]
    server = ["--name", other, "--network", f"{installation.project}_outside"]
    login = ["-e", "MINIO_ROOT_USER=another-key", "-e", f"MINIO_ROOT_PASSWORD={secret}"]
    run(["docker", "run", "-d", "--rm", *server, *login, image], installation.environment)
    before = installation.env_file.read_text("utf-8")
    chosen = {
        "LEDGERPORT_S3_ENDPOINT": f"http://{other}:9000",
        "LEDGERPORT_S3_ACCESS_KEY": "another-key",
        "LEDGERPORT_S3_SECRET_KEY": secret,
    }
    try:
        lines = "".join(f"{name}={value}\n" for name, value in chosen.items())
        installation.env_file.write_text(before + lines, "utf-8")
        installation.up()
        smoke(installation)
        kept = run(["docker", "exec", other, "ls", "/data/ledgerport"], installation.environment)
        assert kept.split() == ["exports", "uploads"]
    finally:
        installation.env_file.write_text(before, "utf-8")
        run(["docker", "rm", "-f", other], installation.environment)
        installation.up()


def test_a_backup_is_restored_into_an_empty_installation(
    installation: Installation, tmp_path: Path
) -> None:
    import_id = installation.start_import(ROWS)
    before = installation.await_completed(import_id)
    folder = tmp_path / "backup"
    run(["deploy/docker/backup.sh", str(folder)], installation.environment)
    installation.compose("stop")
    other = Installation(tmp_path)
    other.configure(secrets_of=installation)
    other.key = installation.key
    try:
        run(["deploy/docker/restore.sh", str(folder)], other.environment)
        other.trust()
        after = other.call("GET", f"/v1/imports/{import_id}")
        assert (after["counts"], after["amounts"]) == (before["counts"], before["amounts"])
        assert "checks hold" in other.prove(import_id)
        smoke(other)
        with pytest.raises(CommandFailedError, match="not empty"):
            run(["deploy/docker/restore.sh", str(folder)], other.environment)
    finally:
        other.remove()
        installation.up()
