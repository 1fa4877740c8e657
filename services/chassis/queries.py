"""SQL by name: loads the `-- name:` blocks of `.sql` files. It runs nothing."""

import re
from collections.abc import Mapping
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)[ \t]*$", re.MULTILINE)


class DuplicateQueryError(Exception):
    """Two blocks have the same name."""


def load_folder(folder: Path) -> Mapping[str, str]:
    """The blocks of all `.sql` files of a folder; no name may be in two of them."""
    queries: dict[str, str] = {}
    for path in sorted(folder.glob("*.sql")):
        for name, text in load_queries(path).items():
            if name in queries:
                raise DuplicateQueryError(f"{folder.name} has two queries called {name}")
            queries[name] = text
    return queries


def load_queries(path: Path) -> Mapping[str, str]:
    """The blocks of a file by their names, comments within a block included."""
    parts = _NAME.split(path.read_text(encoding="utf-8"))
    queries: dict[str, str] = {}
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        if name in queries:
            raise DuplicateQueryError(f"{path.name} has two queries called {name}")
        queries[name] = text.strip()
    return queries
