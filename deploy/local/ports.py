"""Free TCP ports, remembered so that a restart uses the same ones while they are still free."""

import json
import random
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from deploy.local.state import State
from deploy.private_files import write_private

LOWEST = 15_000
HIGHEST = 32_000
RELEASE_SECONDS = 10.0
EPHEMERAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _candidates() -> Sequence[int]:
    # Below the ephemeral range: a port from inside it may be taken by somebody's outgoing
    # connection in the moment between a death and the restart.
    highest = HIGHEST
    if EPHEMERAL_RANGE.exists():
        highest = int(EPHEMERAL_RANGE.read_text("ascii").split()[0])
    if highest - LOWEST < 1_000:
        return range(LOWEST, 60_000)
    return range(LOWEST, highest)


def find_free_port(taken: set[int]) -> int:
    candidates = _candidates()
    for _ in range(1_000):
        port = random.choice(candidates)
        if port not in taken and is_free(port):
            return port
    raise RuntimeError("no free TCP port was found on 127.0.0.1")


def read_ports(state: State) -> dict[str, int]:
    """The ports of the last start; none before the first."""
    return json.loads(state.ports.read_text("utf-8")) if state.ports.exists() else {}


def allocate_ports(state: State, names: Sequence[str]) -> dict[str, int]:
    """One port per name: the remembered one if it is free, else a new one.

    Processes of a supervisor that died suddenly are given a moment to end and let go of theirs.
    """
    known = read_ports(state)
    if state.running.exists():
        _wait_until_free({known[name] for name in names if name in known})
    ports: dict[str, int] = {}
    for name in names:
        taken = set(ports.values()) | set(known.values())
        remembered = known.get(name)
        ports[name] = remembered if remembered and is_free(remembered) else find_free_port(taken)
    write_private(state.ports, json.dumps(ports, indent=2) + "\n")
    return ports


def _wait_until_free(ports: set[int]) -> None:
    """Looks again and again, as nothing tells when a port has become free."""
    deadline = time.monotonic() + RELEASE_SECONDS
    while not all(map(is_free, ports)) and time.monotonic() < deadline:
        time.sleep(0.02)
