"""Tests that can fail, that wait on conditions, and that hide nothing."""

import ast

from tests.house.sources import calls_with_parents, dotted, functions_of, modules, nodes_of, tree_of

SKIPS = {
    "pytest.skip",
    "pytest.xfail",
    "pytest.mark.skip",
    "pytest.mark.skipif",
    "pytest.mark.xfail",
    "pytest.importorskip",
    "unittest.skip",
}
LOOPS = (ast.While, ast.For, ast.AsyncFor)
SLEEPS = {"time.sleep", "asyncio.sleep", "anyio.sleep", "sleep"}

# `path` → what is missing there on some machines, and where it is said.
SKIPS_FOR_A_MACHINE: dict[str, str] = {
    "tests/docker/test_images.py": "a Docker engine; README and docs/how-to/run-on-one-server.md",
}
# `path` → why time itself is what is tested.
SLEEPS_FOR_A_TIME: dict[str, str] = {
    "tests/faults/chaos.py": "a seed says at which moment a fault strikes",
}


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    found = {
        str(path)
        for path in modules("tests")
        for node in nodes_of(path)
        if isinstance(node, ast.Attribute) and dotted(node) in SKIPS
    }
    assert found == set(SKIPS_FOR_A_MACHINE)


def test_sleeping_is_the_pause_of_a_loop_that_asks_for_a_condition() -> None:
    found = {
        str(path)
        for path in modules("tests")
        for call, around in calls_with_parents(tree_of(path))
        if dotted(call.func) in SLEEPS and not any(isinstance(node, LOOPS) for node in around)
    }
    assert found == set(SLEEPS_FOR_A_TIME)


def test_every_test_asserts_something() -> None:
    silent = [
        f"{path}:{name}"
        for path in modules("tests")
        for name, function in functions_of(path)
        if name.startswith("test_") and "." not in name and not _can_fail(function)
    ]
    assert silent == []


def _can_fail(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """An assertion, a `pytest.raises`, a call of something that waits for or checks a thing; or
    any input is tried, and an accident is the failure.
    """
    decorators = [item for item in function.decorator_list if isinstance(item, ast.Call)]
    return any(dotted(item.func) == "given" for item in decorators) or any(
        isinstance(node, ast.Assert)
        or (isinstance(node, ast.Call) and _is_a_check(dotted(node.func).rpartition(".")[2]))
        for node in ast.walk(function)
    )


def _is_a_check(name: str) -> bool:
    return name in ("raises", "fail", "until") or name.startswith(
        ("assert", "check", "expect", "wait", "run_state_machine", "validate", "collect")
    )
