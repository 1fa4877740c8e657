"""The one declaration of what runs: processes and steps, their variables, their order, readiness.

How a local stack fills the variables in is wiring's; compose files fill in their own.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from deploy.local.readiness import answers_http
from deploy.local.settings import PROJECT
from deploy.local.units import Process, Step

PREFIX = "LEDGERPORT_"
BUCKET = ("S3_ENDPOINT", "S3_BUCKET")
EVERYONE = ("LOG_LEVEL", "PUBLIC_URL")


def _s3_key(owner: str) -> tuple[str, str]:
    return f"{owner}_S3_ACCESS_KEY", f"{owner}_S3_SECRET_KEY"


def _storage(*services: str) -> tuple[str, ...]:
    return (*BUCKET, *chain.from_iterable(map(_s3_key, services)), "MASTER_KEY")


# What each service needs to know, whichever of its roles runs.
VARIABLES = {
    "access": ("ACCESS_POSTGRES_DSN", *EVERYONE),
    "ingest": ("INGEST_POSTGRES_DSN", "KAFKA_BOOTSTRAP", *_storage("INGEST"), *EVERYONE),
    "validator": ("KAFKA_BOOTSTRAP", *EVERYONE),
    "ledger": ("LEDGER_POSTGRES_DSN", "KAFKA_BOOTSTRAP", *EVERYONE),
    "exporter": ("EXPORTER_POSTGRES_DSN", "KAFKA_BOOTSTRAP", *_storage("EXPORTER"), *EVERYONE),
}
DSNS = tuple(f"{service}_POSTGRES_DSN" for service in ("INGEST", "LEDGER", "EXPORTER", "ACCESS"))


@dataclass(frozen=True, slots=True)
class Role:
    """Something of ours that runs as `python -m <arguments>`, with these variables, after those."""

    name: str
    arguments: tuple[str, ...]
    variables: tuple[str, ...]
    after: tuple[str, ...]


def _migration(service: str, *after: str) -> Role:
    variables = (f"{service.upper()}_POSTGRES_DSN", "LOG_LEVEL")
    return Role(f"migrate-{service}", (f"services.{service}", "migrate"), variables, after)


def _worker(service: str, *after: str) -> Role:
    variables = (*VARIABLES[service], "HTTP_HOST", "PROBE_PORT")
    return Role(f"{service}-worker", (f"services.{service}", "worker"), variables, after)


STEPS = (
    Role("create-roles", ("deploy.create_roles",), ("ADMIN_POSTGRES_DSN", *DSNS), ("postgres",)),
    Role("create-topics", ("deploy.create_topics",), ("KAFKA_BOOTSTRAP",), ("kafka",)),
    Role(
        "create-bucket",
        ("deploy.create_bucket",),
        (*BUCKET, *_s3_key("ADMIN"), *_s3_key("INGEST"), *_s3_key("EXPORTER")),
        ("object-store",),
    ),
    _migration("access", "create-roles"),
    _migration("ledger", "create-roles"),
    _migration("ingest", "migrate-ledger"),
    _migration("exporter", "migrate-ledger"),
)
FIRST_KEY = Role(
    "issue-key",
    ("services.access", "issue-key", "--name", "local", "--actor", "local", "--scopes", "*"),
    VARIABLES["access"],
    ("migrate-access",),
)
API = Role(
    "api",
    ("services", "api"),
    (*DSNS, *_storage("INGEST", "EXPORTER"), *EVERYONE, "HTTP_HOST", "HTTP_PORT"),
    ("migrate-access", "migrate-ingest", "migrate-exporter", "create-bucket"),
)
WORKERS = (
    _worker("ingest", "migrate-ingest", "create-topics", "create-bucket"),
    _worker("validator", "create-topics"),
    _worker("ledger", "migrate-ledger", "create-topics"),
    _worker("exporter", "migrate-exporter", "create-topics", "create-bucket"),
)
SERVERS = (API, *WORKERS)

Lookup = Callable[[Role, str], str]


def build_step(
    role: Role, look_up: Lookup, keep_output: Callable[[str], None] | None = None
) -> Step:
    return Step(
        name=role.name,
        command=_command(role),
        variables=_fill(role, look_up),
        after=role.after,
        directory=PROJECT,
        keep_output=keep_output,
    )


def build_server(role: Role, look_up: Lookup) -> Process:
    variables = _fill(role, look_up)
    port = variables.get(f"{PREFIX}HTTP_PORT") or variables[f"{PREFIX}PROBE_PORT"]
    return Process(
        name=role.name,
        command=_command(role),
        variables=variables,
        after=role.after,
        directory=PROJECT,
        is_ready=answers_http(variables[f"{PREFIX}HTTP_HOST"], int(port), "/readyz"),
    )


def _command(role: Role) -> tuple[str, ...]:
    return (sys.executable, "-m", *role.arguments)


def _fill(role: Role, look_up: Lookup) -> dict[str, str]:
    return {f"{PREFIX}{variable}": look_up(role, variable) for variable in role.variables}
