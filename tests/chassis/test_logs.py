"""Logs: one JSON object a line, with what helps, and without what belongs to a person."""

import json
import subprocess
import sys

CANARY = "078-05-1120"
PROGRAM = """
import asyncio, logging, sys, uuid
import asyncpg
from services.chassis import logs

canary = sys.argv[1]
logs.configure("INFO", "test")
log = logs.get_logger("here")
log.info("plain", rows=3, state="ready", note=canary, values=[canary], secret={"a": canary})
with logs.bind(correlation_id="c-1"):
    log.info("inside", import_id=str(uuid.UUID(int=1)), odd_id=f"a person, {canary}")
log.info("outside")

def refuse(row):
    raise ValueError(f"cannot read {row}")

try:
    refuse(canary)
except ValueError:
    log.error("caught", exc_info=True)

error = asyncpg.UniqueViolationError("duplicate key")
error.detail, error.constraint_name, error.sqlstate = f"Key=({canary})", "books_key", "23505"
log.warning("database", exc_info=error)
logging.getLogger("asyncio").error("Task failed\\nfuture: <exception=%r>" % canary)
logging.getLogger("faststream").error("ValueError: %s", canary)
for _ in range(50):
    logging.getLogger("aiokafka.cluster").error("Topic %s not found", "told-once")
print(len(canary), flush=True)
refuse(canary)
"""


def run() -> tuple[str, list[dict[str, object]]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, CANARY], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return done.stdout + done.stderr, lines


def test_no_value_reaches_the_log_and_what_helps_does() -> None:
    text, lines = run()
    assert CANARY not in text
    by_event = {line["event"]: line for line in lines}
    plain = by_event["plain"]
    assert (plain["rows"], plain["state"], plain["service"]) == (3, "ready", "test")
    assert plain["note"] == plain["values"] == plain["secret"] == "[withheld]"
    assert by_event["inside"]["correlation_id"] == "c-1"
    assert by_event["inside"]["import_id"] == "00000000-0000-0000-0000-000000000001"
    assert by_event["inside"]["odd_id"] == "[withheld]"
    assert "correlation_id" not in by_event["outside"]
    assert by_event["caught"]["error"] == by_event["uncaught"]["error"] == "ValueError"
    assert "refuse" in str(by_event["caught"]["where"])
    assert by_event["database"]["constraint"] == "books_key"
    assert by_event["database"]["sqlstate"] == "23505"


def test_a_library_that_repeats_itself_is_told_once_and_with_its_arguments() -> None:
    _, lines = run()
    assert [line["event"] for line in lines if line.get("logger") == "aiokafka.cluster"] == [
        "Topic told-once not found"
    ]
