"""Sizes: modules, functions and parameters within what one can hold in mind."""

import statistics

from tests.house.sources import PRODUCT, ROOT, functions_of, modules

MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 50
MAX_LONG_FUNCTION_LINES = 70
MAX_PARAMETERS = 7
MAX_POSITIONAL = 4

# `path:function` → why it is better in one piece.
ROUTES = "routes are closures over what the process opened, as nothing is made at import"
LONG_FUNCTIONS: dict[str, str] = {
    "services/exporter/endpoints.py:build_router": ROUTES,
    "services/ingest/endpoints/imports.py:add_import_routes": ROUTES,
    "services/ledger/endpoints/records.py:add_record_routes": ROUTES,
}


def test_modules_are_short() -> None:
    long = {
        str(path): lines
        for path in modules()
        if (lines := len((ROOT / path).read_text("utf-8").splitlines())) > MAX_MODULE_LINES
    }
    assert long == {}


def test_functions_are_short() -> None:
    long: dict[str, int] = {}
    for path in modules():
        for name, function in functions_of(path):
            place = f"{path}:{name}"
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            limit = MAX_LONG_FUNCTION_LINES if place in LONG_FUNCTIONS else MAX_FUNCTION_LINES
            if lines > limit:
                long[place] = lines
    assert long == {}


def test_reasons_for_long_functions_are_written_for_those_that_are_long() -> None:
    lengths = {
        f"{path}:{name}": (function.end_lineno or 0) - function.lineno + 1
        for path in modules()
        for name, function in functions_of(path)
    }
    stale = [place for place in LONG_FUNCTIONS if lengths.get(place, 0) <= MAX_FUNCTION_LINES]
    assert stale == []
    assert all(len(reason) > 10 for reason in LONG_FUNCTIONS.values())


def test_most_functions_are_very_short() -> None:
    lengths = [
        (function.end_lineno or function.lineno) - function.lineno + 1
        for path in modules(*PRODUCT)
        for _, function in functions_of(path)
    ]
    assert statistics.median(lengths) <= 12


def test_functions_take_few_parameters() -> None:
    many: list[str] = []
    for path in modules():
        for name, function in functions_of(path):
            given = function.args
            positional = [
                item.arg
                for item in (*given.posonlyargs, *given.args)
                if item.arg not in ("self", "cls")
            ]
            fixtures = path.parts[0] == "tests"
            if len(positional) + len(given.kwonlyargs) > MAX_PARAMETERS or (
                len(positional) > MAX_POSITIONAL and not fixtures
            ):
                many.append(f"{path}:{name}")
    assert many == []
