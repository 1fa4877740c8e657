"""`python -m services.exporter worker` and `… migrate`."""

import asyncio
import sys

from services.chassis.process import run_worker
from services.exporter.app.schema import migrate_schema
from services.exporter.app.worker import build_worker
from services.exporter.settings import ExporterSettings


def main(arguments: list[str]) -> int:
    match arguments:
        case ["worker"]:
            return run_worker(build_worker, ExporterSettings(), "exporter")  # pyright: ignore[reportCallIssue]
        case ["migrate"]:
            for name in asyncio.run(migrate_schema()):
                sys.stdout.write(f"applied {name}\n")
            return 0
        case _:
            sys.stderr.write("usage: python -m services.exporter worker|migrate\n")
            return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
