"""The project's own files and their syntax trees, for the house rules."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("bench", "cli", "contracts", "deploy", "prove", "samples", "services")


@cache
def project_files() -> tuple[Path, ...]:
    """What git keeps, or would: relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    paths = sorted({Path(name) for name in listed.stdout.decode().split("\0") if name})
    return tuple(path for path in paths if (ROOT / path).is_file())


def modules(*roots: str) -> list[Path]:
    """Python modules, of these top folders only if any are given."""
    return [
        path
        for path in project_files()
        if path.suffix == ".py" and (not roots or path.parts[0] in roots)
    ]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text("utf-8"), str(path))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """All nodes of a module."""
    return tuple(ast.walk(tree_of(path)))


@cache
def functions_of(path: Path) -> tuple[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef], ...]:
    """Every function of a module by its dotted name, inner ones too."""
    return tuple(_functions_in(tree_of(path), ()))


def _functions_in(
    node: ast.AST, outer: tuple[str, ...]
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for child in ast.iter_child_nodes(node):
        name = outer
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = (*outer, child.name)
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield ".".join(name), child
        yield from _functions_in(child, name)


def dotted(node: ast.expr) -> str:
    """`a.b.c` of a name or an attribute, else nothing."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def calls_with_parents(tree: ast.Module) -> Iterator[tuple[ast.Call, list[ast.AST]]]:
    """Every call with the nodes around it, the innermost last."""
    yield from _calls_in(tree, [])


def _calls_in(node: ast.AST, around: list[ast.AST]) -> Iterator[tuple[ast.Call, list[ast.AST]]]:
    if isinstance(node, ast.Call):
        yield node, around
    for child in ast.iter_child_nodes(node):
        yield from _calls_in(child, [*around, node])
