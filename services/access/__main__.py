"""`python -m services.access migrate` and `… issue-key --name N --actor A --scopes S [S …]`."""

import argparse
import asyncio
import sys

from services.access.app import issue_first_key, migrate_schema


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m services.access")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="bring the schema up to date")
    issue = commands.add_parser("issue-key", help="make a key and print its token")
    issue.add_argument("--name", required=True)
    issue.add_argument("--actor", required=True)
    issue.add_argument("--scopes", required=True, nargs="+")
    asked = parser.parse_args(arguments)
    if asked.command == "migrate":
        for name in asyncio.run(migrate_schema()):
            sys.stdout.write(f"applied {name}\n")
        return 0
    token = asyncio.run(issue_first_key(name=asked.name, actor=asked.actor, scopes=asked.scopes))
    sys.stdout.write(f"{token}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
