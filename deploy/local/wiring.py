"""Puts a local stack together: the topology, filled with this folder's ports and secrets."""

from collections.abc import Callable
from dataclasses import dataclass

from deploy.local.credentials import Secrets, load_secrets, save_secrets
from deploy.local.jars import declare_fetching
from deploy.local.kafka import Broker, declare_broker
from deploy.local.object_store import ObjectStore, declare_object_store
from deploy.local.ports import allocate_ports, read_ports
from deploy.local.postgres import DATABASE, Cluster, choose_cluster, declare_postgres
from deploy.local.state import State
from deploy.local.topology import FIRST_KEY, SERVERS, STEPS, Role, build_server, build_step
from deploy.local.units import Topology, Unit

BACKENDS = ("postgres", "kafka", "object-store")
BUCKET = "ledgerport"
S3_OWNERS = ("ADMIN", "INGEST", "EXPORTER")
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Wiring:
    """The addresses and secrets of one stack."""

    state: State
    ports: dict[str, int]
    secrets: Secrets
    cluster: Cluster

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.ports['api']}"

    @property
    def kafka_bootstrap(self) -> str:
        return f"{HOST}:{self.ports['kafka']}"

    @property
    def s3_endpoint(self) -> str:
        return f"http://{HOST}:{self.ports['object-store']}"

    def service_dsn(self, service: str) -> str:
        """The service's own role, which is named like it; so is its schema."""
        password: str = getattr(self.secrets, service)
        return f"postgresql://{service}:{password}@{HOST}:{self.ports['postgres']}/{DATABASE}"

    def look_up(self, role: Role, variable: str) -> str:
        if variable == "PROBE_PORT":
            return str(self.ports[role.name])
        return self._values()[variable]

    def _values(self) -> dict[str, str]:
        return {
            "ADMIN_POSTGRES_DSN": self.cluster.dsn,
            "INGEST_POSTGRES_DSN": self.service_dsn("ingest"),
            "LEDGER_POSTGRES_DSN": self.service_dsn("ledger"),
            "EXPORTER_POSTGRES_DSN": self.service_dsn("exporter"),
            "ACCESS_POSTGRES_DSN": self.service_dsn("access"),
            "KAFKA_BOOTSTRAP": self.kafka_bootstrap,
            "S3_ENDPOINT": self.s3_endpoint,
            # S3Proxy knows one key only.
            **{f"{owner}_S3_ACCESS_KEY": self.secrets.s3_access_key for owner in S3_OWNERS},
            **{f"{owner}_S3_SECRET_KEY": self.secrets.s3_secret_key for owner in S3_OWNERS},
            "S3_BUCKET": BUCKET,
            "MASTER_KEY": self.secrets.master_key,
            "HTTP_HOST": HOST,
            "HTTP_PORT": str(self.ports["api"]),
            "PUBLIC_URL": self.url,
            "LOG_LEVEL": "INFO",
        }


def wire(state: State) -> Wiring:
    """Choose ports and make secrets, or find those that the folder remembers."""
    servers = [role.name for role in SERVERS]
    return _wire(state, allocate_ports(state, [*BACKENDS, "kafka-controller", *servers]))


def read_wiring(state: State) -> Wiring:
    """The wiring of a stack that runs: its ports are taken, by itself."""
    return _wire(state, read_ports(state))


def _wire(state: State, ports: dict[str, int]) -> Wiring:
    secrets = load_secrets(state)
    cluster = choose_cluster(state, port=ports["postgres"], password=secrets.postgres)
    return Wiring(state, ports, secrets, cluster)


def build_topology(wiring: Wiring) -> Topology:
    fetching = declare_fetching()
    units: list[Unit] = [*fetching, *_backends(wiring, tuple(step.name for step in fetching))]
    units += [build_step(role, wiring.look_up) for role in STEPS]
    if wiring.secrets.api_key is None:
        units.append(build_step(FIRST_KEY, wiring.look_up, _keeper_of_the_key(wiring)))
    units += [build_server(role, wiring.look_up) for role in SERVERS]
    return Topology(tuple(units))


def _backends(wiring: Wiring, after: tuple[str, ...]) -> tuple[Unit, ...]:
    ports, secrets, root = wiring.ports, wiring.secrets, wiring.state.root
    broker = Broker(
        root / "kafka", ports["kafka"], ports["kafka-controller"], secrets.kafka_cluster
    )
    store = ObjectStore(
        root / "object-store", ports["object-store"], secrets.s3_access_key, secrets.s3_secret_key
    )
    return (
        declare_postgres(wiring.cluster),
        declare_broker(broker, after),
        declare_object_store(store, after),
    )


def _keeper_of_the_key(wiring: Wiring) -> Callable[[str], None]:
    def keep(output: str) -> None:
        wiring.secrets.api_key = output.strip().splitlines()[-1]
        save_secrets(wiring.state, wiring.secrets)

    return keep
