"""What stands where: SQL, the environment, what may be caught, what may be made at import."""

import ast
import re
import sys
from pathlib import Path

from tests.house.sources import (
    PRODUCT,
    calls_with_parents,
    dotted,
    modules,
    nodes_of,
    tree_of,
)

SQL = re.compile(
    r"\s*(select\s.*\sfrom\s|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s"
    r"|(create|alter|drop)\s+(table|index|schema|role|view|function|type|sequence|database)\s"
    r"|with\s+\w+\s+as\s*\(|copy\s+\w+\s+(from|to)\s|truncate\s+table\s|lock\s+table\s)",
    re.IGNORECASE | re.DOTALL,
)
MADE_BY_THE_PROCESS = {
    "AIOKafkaConsumer",
    "AIOKafkaProducer",
    "APIRouter",
    "FastAPI",
    "KafkaBroker",
    "Minio",
    "Typer",
    "asyncpg.create_pool",
    "httpx.AsyncClient",
    "httpx.Client",
    "typer.Typer",
}
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "environ", "getenv"}

# A process, or one round of it, must survive there.
CATCHES_EVERYTHING: dict[str, str] = {
    "deploy/local/supervisor.py": "the other processes outlive one that cannot be prepared",
    "services/chassis/claims.py": "a job waits for a database that is away",
    "services/chassis/consuming/subscription.py": "a batch is tried again, then the process stops",
    "services/chassis/health.py": "a check that breaks is a check that says no",
    "services/chassis/process.py": "the log says why a process ends",
    "services/chassis/web.py": "one request's accident is its own: answered with 500",
    "services/ingest/handlers/reading.py": "one broken upload does not stop the others",
}
# The environment of children, which is handed on and not read.
HANDS_ON_THE_ENVIRONMENT: dict[str, str] = {
    "bench/export_runs.py": "psql, the peer, takes its connection from there",
    "bench/scaling_runs.py": "a second worker is started as the stack starts the first",
}


def test_sql_stands_in_sql_files() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path in modules("services", "cli", "prove", "deploy")
        # filtering composes SQL there, from a whitelist
        if path.parts[:2] != ("services", "chassis")
        for node in nodes_of(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]
    assert found == []


def test_everything_is_caught_only_where_a_process_must_survive() -> None:
    found = {
        str(path)
        for path in modules()
        for node in nodes_of(path)
        if isinstance(node, ast.ExceptHandler) and _catches_everything(node)
    }
    assert found == set(CATCHES_EVERYTHING)


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    if isinstance(handler.body[-1], ast.Raise):
        return False
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return bool({dotted(kind) for kind in kinds} & {"Exception", "BaseException"})


def test_the_environment_is_read_by_settings_only() -> None:
    found = {
        str(path)
        for path in modules(*PRODUCT)
        for node in nodes_of(path)
        if isinstance(node, ast.expr) and dotted(node) in ENVIRONMENT
    }
    assert found == set(HANDS_ON_THE_ENVIRONMENT)


def test_settings_are_read_in_modules_of_that_name() -> None:
    found = [
        str(path)
        for path in modules("services")
        for node in nodes_of(path)
        if isinstance(node, ast.ImportFrom)
        and node.module == "pydantic_settings"
        and path.name != "settings.py"
    ]
    assert found == []


def test_nothing_is_made_at_import() -> None:
    found = [
        f"{path}:{call.lineno}"
        for path in modules(*PRODUCT)
        for call, around in calls_with_parents(tree_of(path))
        if dotted(call.func) in MADE_BY_THE_PROCESS
        and not any(
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) for node in around
        )
    ]
    assert found == []


def test_contracts_import_the_standard_library_and_pydantic_alone() -> None:
    allowed = {*sys.stdlib_module_names, "pydantic", "contracts"}
    found = [
        f"{path}: {name}"
        for path in modules("contracts")
        for name in _imported(path)
        if name.split(".")[0] not in allowed
    ]
    assert found == []


def _imported(path: Path) -> list[str]:
    names: list[str] = []
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            names += [item.name for item in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
    return names
