"""Nothing stands in contracts that nobody uses."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONTRACTS = ROOT / "contracts"
USERS = ("cli", "contracts", "deploy", "prove", "services", "bench", "samples", "tests")
WORD = re.compile(r"\w+")


def defined_names(path: Path) -> Iterator[str]:
    """What a module defines for others at its top level."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.Assign):
            yield from (item.id for item in node.targets if isinstance(item, ast.Name))


def count_words(paths: Iterator[Path]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for path in paths:
        for word in WORD.findall(path.read_text("utf-8")):
            counts[word] = counts.get(word, 0) + 1
    return counts


def test_every_name_of_the_contracts_is_used_somewhere() -> None:
    words = count_words(path for user in USERS for path in (ROOT / user).rglob("*.py"))
    unused = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sorted(CONTRACTS.rglob("*.py"))
        for name in defined_names(path)
        if words[name] < 2
    ]
    assert unused == []
