"""The chassis' contract tests once more, against the images that users will run."""

import subprocess
import sys

import pytest

from deploy.local.settings import PROJECT
from deploy.local.wiring import BACKENDS
from tests.docker.containers import read_service
from tests.docker.engine import find_obstacle

SUITES = {
    "database": ("test_database", "test_migrations", "test_idempotency", "test_selecting"),
    "broker": ("test_publishing", "test_consuming_on_the_broker", "test_outbox_relay"),
    "object-store": ("test_object_store",),
}


@pytest.fixture(scope="module", autouse=True)
def engine() -> None:
    if obstacle := find_obstacle(*(read_service(name)["image"] for name in BACKENDS)):
        pytest.skip(obstacle)


@pytest.mark.parametrize("suite", SUITES)
def test_the_contract_of_the_chassis_holds_on_the_image(suite: str) -> None:
    files = [f"tests/chassis/{name}.py" for name in SUITES[suite]]
    command = [sys.executable, "-m", "pytest", "-q", "--backends", "images", *files]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout
