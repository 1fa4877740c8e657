"""`python3 -m deploy.make_secrets`: writes .env for docker compose, from .env.example, mode 0600.

Each CHANGE-ME becomes a new secret. An .env that is there is kept as it is; only what it lacks is
added. Standard library only.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from deploy.private_files import write_private
from deploy.secret_values import make_cluster_id, make_master_key, make_password

PROJECT = Path(__file__).parent.parent
PLACEHOLDER = "CHANGE-ME"
# All others are passwords.
MAKERS: dict[str, Callable[[], str]] = {
    "LEDGERPORT_MASTER_KEY": make_master_key,
    "LEDGERPORT_KAFKA_CLUSTER": make_cluster_id,
}


def read_names(text: str) -> set[str]:
    """The variables that a file of this kind sets."""
    lines = (line.strip() for line in text.splitlines())
    return {line.split("=", 1)[0].strip() for line in lines if "=" in line and line[0] != "#"}


def fill(example: str) -> str:
    """The example with a new secret in each place that wants one."""
    return "".join(f"{_fill_line(line)}\n" for line in example.splitlines())


def _fill_line(line: str) -> str:
    name, separator, value = line.partition("=")
    if line.startswith("#") or value.strip() != PLACEHOLDER:
        return line
    return f"{name}{separator}{MAKERS.get(name, make_password)()}"


def complete(present: str, example: str) -> tuple[str, list[str]]:
    """What is there, with the missing settings of the example behind it, and their names."""
    known = read_names(present)
    added = [
        line
        for line in example.splitlines()
        if "=" in line and not line.startswith("#") and line.split("=", 1)[0] not in known
    ]
    if not added:
        return present, []
    text = present if present.endswith("\n") or not present else f"{present}\n"
    names = [line.split("=", 1)[0] for line in added]
    return text + fill("\n".join(added)), names


def make_secrets(example: Path, target: Path) -> str:
    """Write the file; a sentence that says what was done."""
    wanted = example.read_text("utf-8")
    if not target.exists():
        write_private(target, fill(wanted))
        return f"wrote {target.name} (mode 0600): keep a copy in a safe place, apart from backups"
    text, added = complete(target.read_text("utf-8"), wanted)
    if added:
        write_private(target, text)
        return f"added to {target.name}: {', '.join(added)}"
    target.chmod(0o600)
    return f"{target.name} is complete; nothing was changed"


def main() -> int:
    print(make_secrets(PROJECT / ".env.example", PROJECT / ".env"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
