"""A short round trip against a running installation: `python -m tests.smoke --url URL`.

The key is taken from `LEDGERPORT_API_KEY`, or all of it from `.local/connection.json`.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

COMPLETED_WITH_REJECTS = 6


def run(arguments: list[str], environment: dict[str, str], *allowed: int) -> None:
    """One command of the CLI; raises when it ends otherwise than allowed."""
    done = subprocess.run([sys.executable, "-m", "cli", *arguments], env=environment, check=False)
    if done.returncode not in (0, *allowed):
        raise SystemExit(f"ledgerport {' '.join(arguments)} ended with {done.returncode}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.smoke")
    parser.add_argument("--url")
    asked = parser.parse_args(arguments)
    environment = {**os.environ, **({"LEDGERPORT_URL": asked.url} if asked.url else {})}
    imported = ["imports", "create", "samples/accounts.csv", "--type", "accounts"]
    run([*imported, "--complete", "--watch"], environment, COMPLETED_WITH_REJECTS)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "accounts.csv"
        exported = ["exports", "create", "--dataset", "accounts", "--format", "csv"]
        run([*exported, "--output", str(target), "--watch"], environment)
        lines = target.read_text("utf-8").count("\n")
    sys.stdout.write(f"imported and exported: {lines} lines\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
