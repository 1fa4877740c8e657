"""Prints the schemas of contracts/schemas; refuses a change that would break somebody.

`python -m deploy.print_schemas` writes them, `--even-if-breaking` whatever they break: only for
contracts that nobody holds on to yet. A new version of a topic breaks nobody.
"""

import asyncio
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from contracts.topics import TOPICS
from deploy.schemas.asyncapi import print_asyncapi
from deploy.schemas.compatibility import breaks, find_api_breaks
from deploy.schemas.events import file_name, print_events, roles
from deploy.schemas.openapi import print_openapi

SCHEMAS = Path(__file__).parent.parent / "contracts" / "schemas"
OPENAPI = "openapi.json"
FORCE = "--even-if-breaking"


def print_all() -> dict[str, dict[str, Any]]:
    """Every printed document by its file name."""
    return {
        **print_events(),
        "asyncapi.json": print_asyncapi(version("ledgerport")),
        OPENAPI: asyncio.run(print_openapi()),
    }


def to_text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def read_committed(folder: Path = SCHEMAS) -> dict[str, dict[str, Any]]:
    return {path.name: json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")}


def find_breaks(
    committed: dict[str, dict[str, Any]], printed: dict[str, dict[str, Any]]
) -> list[str]:
    """One sentence per committed document that its holders could no longer rely on."""
    topics = {file_name(topic): topic for topic in TOPICS}
    found = [f"{name} is gone" for name in sorted(committed.keys() - printed.keys())]
    for name in sorted(committed.keys() & printed.keys() & topics.keys()):
        old, new = committed[name], printed[name]
        found += [
            f"{name} breaks those who {'read' if role == 'serializer' else 'write'} the old one"
            for role in roles(topics[name])
            if breaks(old, new, role)
        ]
    if OPENAPI in committed and OPENAPI in printed:
        found += find_api_breaks(committed[OPENAPI], printed[OPENAPI])
    return found


def main(arguments: list[str]) -> int:
    printed = print_all()
    broken = find_breaks(read_committed(), printed)
    if broken and arguments != [FORCE]:
        sys.stderr.write("".join(f"{sentence}\n" for sentence in broken))
        sys.stderr.write(f"Nothing was written. Make a new version, or say {FORCE}.\n")
        return 1
    SCHEMAS.mkdir(exist_ok=True)
    for path in SCHEMAS.glob("*.json"):
        if path.name not in printed:
            path.unlink()
    for name, document in printed.items():
        (SCHEMAS / name).write_text(to_text(document), "utf-8")
    sys.stdout.write(f"{len(printed)} documents in contracts/schemas\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
