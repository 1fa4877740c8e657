"""`python -m services.ingest worker` and `… migrate`."""

import asyncio
import sys

from services.chassis.process import run_worker
from services.ingest.app.schema import migrate_schema
from services.ingest.app.worker import build_worker
from services.ingest.settings import IngestWorkerSettings


def main(arguments: list[str]) -> int:
    match arguments:
        case ["worker"]:
            settings = IngestWorkerSettings()  # pyright: ignore[reportCallIssue]
            return run_worker(build_worker, settings, "ingest")
        case ["migrate"]:
            for name in asyncio.run(migrate_schema()):
                sys.stdout.write(f"applied {name}\n")
            return 0
        case _:
            sys.stderr.write("usage: python -m services.ingest worker|migrate\n")
            return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
