"""Names and docstrings: what says nothing is not a name."""

import ast

import pytest

from tests.house.sources import ROOT, functions_of, modules, project_files, tree_of

EMPTY_NAMES = {"common", "utils", "util", "helpers", "helper", "core", "misc", "shared", "lib"}
# They would shadow the standard library's.
SHADOWING_NAMES = {"http", "csv", "json", "platform"}


def test_no_folder_or_module_has_a_name_that_says_nothing_or_shadows() -> None:
    banned = EMPTY_NAMES | SHADOWING_NAMES
    found = [
        str(path)
        for path in project_files()
        if {*path.parts[:-1], path.stem if path.suffix == ".py" else ""} & banned
    ]
    assert found == []


def test_every_module_says_what_lives_in_it() -> None:
    silent = [str(path) for path in modules() if not ast.get_docstring(tree_of(path))]
    assert silent == []


def test_every_package_but_the_tests_has_its_own_docstring_module() -> None:
    missing = {
        str(path.parent)
        for path in modules()
        if path.parts[0] != "tests" and not (ROOT / path.parent / "__init__.py").is_file()
    }
    assert missing == set()


def test_no_package_marks_stand_under_tests() -> None:
    """But in the toy record type, which is laid over a copy of the tree."""
    marks = [str(path) for path in modules("tests") if path.name == "__init__.py"]
    assert [path for path in marks if not path.startswith("tests/flow/toy/")] == []


@pytest.mark.parametrize("word", ["mgr", "cfg", "ctx", "utils", "tmp", "foo", "info"])
def test_no_function_is_named_with_an_abbreviation(word: str) -> None:
    found = [
        f"{path}:{name}"
        for path in modules()
        for name, _ in functions_of(path)
        if word in name.rpartition(".")[2].split("_")
    ]
    assert found == []


def test_names_of_tests_are_sentences() -> None:
    terse = [
        f"{path}:{name}"
        for path in modules("tests")
        for name, _ in functions_of(path)
        if name.startswith("test_") and len(name.split("_")) < 4
    ]
    assert terse == []
