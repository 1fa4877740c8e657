"""The declaration: its order, its variables, and the rules a topology must obey."""

from pathlib import Path

import pytest

from contracts.topics import TOPICS
from deploy.create_topics import list_wanted
from deploy.local.state import State
from deploy.local.topology import FIRST_KEY, SERVERS, STEPS, WORKERS
from deploy.local.units import Process, Step, Topology
from deploy.local.wiring import build_topology, wire


@pytest.fixture
def topology(tmp_path: Path) -> Topology:
    state = State(tmp_path)
    state.create()
    return build_topology(wire(state))


async def _ready() -> bool:
    return True


def _step(name: str, *after: str) -> Step:
    return Step(name=name, command=("true",), after=after)


def test_the_processes_are_those_the_interface_names(topology: Topology) -> None:
    assert {process.name for process in topology.processes} == {
        "postgres",
        "kafka",
        "object-store",
        "api",
        "ingest-worker",
        "validator-worker",
        "ledger-worker",
        "exporter-worker",
    }


def test_every_server_comes_after_the_backends_it_uses(topology: Topology) -> None:
    before = {unit.name: set(unit.after) for unit in topology.units}

    def all_before(name: str) -> set[str]:
        return before[name].union(*(all_before(other) for other in before[name]))

    needs = {"KAFKA_BOOTSTRAP": "kafka", "S3_ENDPOINT": "object-store"}
    needs |= {f"{name}_POSTGRES_DSN": "postgres" for name in ("INGEST", "LEDGER", "EXPORTER")}
    for role in SERVERS:
        wanted = {needs[variable] for variable in role.variables if variable in needs}
        assert wanted <= all_before(role.name), role.name


def test_the_api_never_learns_where_kafka_is() -> None:
    api = next(role for role in SERVERS if role.name == "api")
    assert "KAFKA_BOOTSTRAP" not in api.variables


def test_a_worker_gets_the_database_of_its_own_service_only() -> None:
    for role in WORKERS:
        service = role.name.removesuffix("-worker").upper()
        dsns = {variable for variable in role.variables if variable.endswith("_DSN")}
        assert dsns <= {f"{service}_POSTGRES_DSN"}, role.name


def test_only_the_step_that_makes_roles_is_an_administrator() -> None:
    roles = (*STEPS, FIRST_KEY, *SERVERS)
    assert [role.name for role in roles if "ADMIN_POSTGRES_DSN" in role.variables] == [
        "create-roles"
    ]


def test_no_service_learns_that_it_runs_locally(topology: Topology) -> None:
    for unit in topology.units:
        assert "LEDGERPORT_STATE" not in (unit.variables or {}), unit.name


def test_every_port_of_a_stack_is_its_own(topology: Topology) -> None:
    ports = [
        process.variables.get("LEDGERPORT_PROBE_PORT") or process.variables["LEDGERPORT_HTTP_PORT"]
        for process in topology.processes
        if process.name in {role.name for role in SERVERS}
    ]
    assert len(set(ports)) == len(SERVERS)


def test_the_first_key_is_issued_only_once(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.create()
    wiring = wire(state)
    first = {unit.name: unit for unit in build_topology(wiring).units}
    step = first["issue-key"]
    assert isinstance(step, Step)
    assert step.keep_output
    step.keep_output("a line before\nlp_secret\n")
    again = wire(state)
    assert again.secrets.api_key == "lp_secret"
    assert "issue-key" not in {unit.name for unit in build_topology(again).units}


def test_a_topology_refuses_cycles_doubles_and_strangers() -> None:
    with pytest.raises(ValueError, match="wait for each other"):
        Topology((_step("a", "b"), _step("b", "a")))
    with pytest.raises(ValueError, match="declared twice"):
        Topology((_step("a"), Process(name="a", command=("true",), is_ready=_ready)))
    with pytest.raises(ValueError, match="comes after unknown"):
        Topology((_step("a", "stranger"),))


def test_levels_put_each_unit_above_all_it_comes_after() -> None:
    topology = Topology((_step("top", "middle", "base"), _step("middle", "base"), _step("base")))
    assert topology.levels() == {"base": 0, "middle": 1, "top": 2}


def test_every_consumed_topic_has_a_dead_letter_twin_that_lasts_a_week() -> None:
    wanted = {topic.name: topic for topic in list_wanted(TOPICS)}
    assert len(wanted) == len(TOPICS) + sum(topic.consumed for topic in TOPICS)
    for topic in TOPICS:
        assert (topic.dead_letters in wanted) == topic.consumed
        if topic.consumed:
            assert wanted[topic.dead_letters].retention_hours >= 7 * 24
