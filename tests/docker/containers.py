"""The images that users will run, one container each, by testcontainers: as docker-compose.yml
sets them up, but for the addresses.
"""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import yaml

from deploy.local.ports import find_free_port
from deploy.local.settings import PROJECT
from deploy.secret_values import make_cluster_id

# Containers end with the tests; the image that would sweep them cannot be had everywhere.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
PASSWORD = secrets.token_hex(16)
STARTING_SECONDS = 90.0


def read_service(name: str) -> dict[str, Any]:
    """What docker-compose.yml says of a service."""
    text = (PROJECT / "docker-compose.yml").read_text("utf-8")
    return cast(dict[str, Any], yaml.safe_load(text)["services"][name])


@contextmanager
def _run(name: str, port: int, outside: int, environment: dict[str, str]) -> Iterator[None]:
    """The service's container, healthy; its port is reached from outside by another."""
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - not everywhere used

    service = read_service(name)
    container = DockerContainer(service["image"]).with_bind_ports(port, outside)
    given = {key: value for key, value in service["environment"].items() if "$" not in value}
    for key, value in {**given, **environment}.items():
        container = container.with_env(key, value)
    if "command" in service:
        container = container.with_command(service["command"])
    with container:
        _await_health(container, service["healthcheck"]["test"][1:])
        yield


def _await_health(container: Any, command: list[str]) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while container.exec(command).exit_code:
        assert time.monotonic() < deadline, container.get_logs()[1].decode()[-2000:]
        time.sleep(0.2)


@contextmanager
def run_postgres() -> Iterator[str]:
    """The superuser's DSN."""
    port = find_free_port(set())
    with _run("postgres", 5432, port, {"POSTGRES_PASSWORD": PASSWORD}):
        yield f"postgresql://postgres:{PASSWORD}@127.0.0.1:{port}/postgres"


@contextmanager
def run_kafka() -> Iterator[str]:
    """The bootstrap address."""
    port = find_free_port(set())
    advertised = {
        "CLUSTER_ID": make_cluster_id(),
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
    }
    with _run("kafka", 9092, port, advertised):
        yield f"127.0.0.1:{port}"


@contextmanager
def run_object_store() -> Iterator[tuple[str, str, str]]:
    """Endpoint, access key and secret key."""
    port = find_free_port(set())
    user = read_service("object-store")["environment"]["MINIO_ROOT_USER"]
    with _run("object-store", 9000, port, {"MINIO_ROOT_PASSWORD": PASSWORD}):
        yield f"http://127.0.0.1:{port}", user, PASSWORD
