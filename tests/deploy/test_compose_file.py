"""docker-compose.yml: the same processes, variables and order as the topology, and closed doors."""

import re
from importlib.metadata import version
from typing import Any, cast

import pytest
import yaml

from deploy.local.postgres import SERVER_SETTINGS
from deploy.local.settings import PROJECT
from deploy.local.topology import PREFIX, SERVERS, STEPS, Role
from deploy.local.wiring import BACKENDS
from services.exporter.settings import ExporterApiSettings, ExporterSettings
from services.ingest.settings import IngestWorkerSettings
from services.ledger.settings import LedgerSettings
from services.validator.settings import ValidatorSettings

# A local stack's own: where a container's server listens is the network's business.
LOCAL_ONLY = ("listen_addresses", "unix_socket_directories")
READERS = {
    "api": (IngestWorkerSettings, ExporterApiSettings),
    "ingest-worker": (IngestWorkerSettings,),
    "validator-worker": (ValidatorSettings,),
    "ledger-worker": (LedgerSettings,),
    "exporter-worker": (ExporterSettings,),
}

COMPOSE = cast(dict[str, Any], yaml.safe_load((PROJECT / "docker-compose.yml").read_text("utf-8")))
EVERY = cast(dict[str, dict[str, Any]], COMPOSE["services"])
SERVICES = {name: service for name, service in EVERY.items() if "profiles" not in service}
ROLES = {role.name: role for role in (*STEPS, *SERVERS)}
BY_ROLE = pytest.mark.parametrize("role", ROLES.values(), ids=ROLES.keys())


def test_it_runs_what_the_topology_declares_and_caddy() -> None:
    assert set(SERVICES) == {*BACKENDS, *ROLES, "caddy"}


@BY_ROLE
def test_each_process_is_started_by_the_same_command(role: Role) -> None:
    assert SERVICES[role.name]["command"] == ["python", "-m", *role.arguments]


@BY_ROLE
def test_each_process_gets_the_same_variables(role: Role) -> None:
    given = SERVICES[role.name]["environment"]
    must = {name for name, value in given.items() if value is not None}
    assert must == {f"{PREFIX}{variable}" for variable in role.variables}


@BY_ROLE
def test_a_choice_that_is_passed_on_is_one_that_the_process_reads(role: Role) -> None:
    given = SERVICES[role.name]["environment"]
    choices = {name for name, value in given.items() if value is None}
    known = {
        f"{PREFIX}{field.upper()}"
        for settings in READERS.get(role.name, ())
        for field in settings.model_fields
    }
    assert choices <= known


@BY_ROLE
def test_each_process_comes_after_the_same_others(role: Role) -> None:
    steps = {step.name for step in STEPS}
    wanted = {
        name: "service_completed_successfully" if name in steps else "service_healthy"
        for name in role.after
    }
    waits = SERVICES[role.name]["depends_on"]
    assert {name: wait["condition"] for name, wait in waits.items()} == wanted


def test_postgres_runs_with_the_settings_of_the_local_one() -> None:
    given = {word.removeprefix("-c") for word in SERVICES["postgres"]["command"][1:]}
    assert given == {setting for setting in SERVER_SETTINGS if not setting.startswith(LOCAL_ONLY)}


def test_only_caddy_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["caddy"]
    assert COMPOSE["networks"]["backends"]["internal"] is True
    for name in BACKENDS:
        assert SERVICES[name]["networks"] == ["backends"], name


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_restarted_watched_and_kept_from_more_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == (
        "on-failure" if name in {s.name for s in STEPS} else "unless-stopped"
    )
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["logging"]["options"]["max-size"]
    if service["restart"] == "unless-stopped":
        assert service["healthcheck"]["test"]


@BY_ROLE
def test_our_processes_write_nowhere_and_have_no_rights(role: Role) -> None:
    service = SERVICES[role.name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "volumes" not in service


def test_every_secret_must_be_given_and_none_has_a_default() -> None:
    text = (PROJECT / "docker-compose.yml").read_text("utf-8")
    secrets = re.findall(r"\$\{(LEDGERPORT_\w*(?:PASSWORD|SECRET_KEY|MASTER_KEY)\w*)(.)", text)
    wanted = [name for name, sign in secrets if sign != ":" and name != "LEDGERPORT_S3_SECRET_KEY"]
    assert wanted == []
    for name, fallback in re.findall(r"\$\{(LEDGERPORT_\w+):([-?])", text):
        if name.endswith(("PASSWORD", "MASTER_KEY", "KAFKA_CLUSTER")):
            assert fallback == "?", name


def test_the_example_of_settings_explains_every_variable_that_is_read() -> None:
    text = (PROJECT / "docker-compose.yml").read_text("utf-8")
    read = set(re.findall(r"\$\{(LEDGERPORT_\w+)", text))
    passed = {
        name
        for service in SERVICES.values()
        for name, value in (service.get("environment") or {}).items()
        if value is None
    }
    example = (PROJECT / ".env.example").read_text("utf-8")
    explained = set(re.findall(r"^#?(LEDGERPORT_\w+)=", example, re.MULTILINE))
    # The build's own facts are no settings.
    assert explained == (read | passed) - {"LEDGERPORT_VERSION", "LEDGERPORT_REVISION"}


def test_images_are_pinned_to_the_names_that_are_published() -> None:
    images = {name: SERVICES[name]["image"] for name in (*BACKENDS, "caddy")}
    assert images["postgres"] == "postgres:18-trixie"
    assert images["kafka"] == "apache/kafka:4.3.1"
    assert images["caddy"] == "caddy:2"
    assert images["object-store"].startswith("ledgerport-minio:")


def test_versions_are_those_of_the_project_and_of_minio_s_source() -> None:
    text = (PROJECT / "docker-compose.yml").read_text("utf-8")
    ours = (PROJECT / "deploy" / "docker" / "Dockerfile").read_text("utf-8")
    minio = (PROJECT / "deploy" / "docker" / "minio" / "Dockerfile").read_text("utf-8")
    assert set(re.findall(r"LEDGERPORT_VERSION:-([\d.]+)", text)) == {version("ledgerport")}
    assert re.findall(r"ARG VERSION=([\d.]+)", ours) == [version("ledgerport")]
    tag = SERVICES["object-store"]["image"].split(":")[1]
    built = re.findall(r"ARG VERSION=([\d-]+)T", minio)
    assert set(built) == {tag}
    assert re.findall(r"v0\.0\.0-(\d{8})", minio) == [tag.replace("-", "")]
