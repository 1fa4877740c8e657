"""`ledgerport load …`: files of any size, and a run of them through a stack with its speed."""

import asyncio
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from cli.api import Json
from cli.failures import FAILURE, OK, USAGE, CommandFailure
from cli.import_creation import upload
from cli.live_load import LiveLoad, measure_live_lane
from cli.session import Session, add_command
from cli.watching import watch_import
from contracts.api.imports import FINAL_STATES
from samples.generator import DEFAULT_BAD_SHARE, DEFAULT_SEED, RECORD_TYPES, write_csv


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """What is generated: the same seed and size give the same bytes."""

    rows: Annotated[int, typer.Option(min=1, help="Rows.")] = 100_000
    seed: Annotated[int, typer.Option(help="Same seed, same file.")] = DEFAULT_SEED
    bad: Annotated[float, typer.Option(min=0, max=1, help="Share of bad rows.")] = DEFAULT_BAD_SHARE
    record_type: Annotated[str, typer.Option("--type", help="accounts or transactions.")] = (
        "accounts"
    )


def build_group() -> typer.Typer:
    group = typer.Typer(name="load", help="Load, made and measured.", no_args_is_help=True)
    add_command(group, "generate")(generate)
    add_command(group, "run")(run_load)
    return group


def generate(
    session: Session,
    request: LoadRequest,
    target: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; else standard output.")
    ] = None,
) -> None:
    """Write a CSV file of real-looking rows, some of them bad in known ways."""
    _check_type(request)
    if target is None:
        with suppress(BrokenPipeError):
            _write(request, sys.stdout.buffer)
        return
    with target.open("wb") as file:
        _write(request, file)
    session.output.note(f"{target}: {request.rows:,} rows, {target.stat().st_size:,} bytes")


def run_load(
    session: Session,
    request: LoadRequest,
    live_per_second: Annotated[
        float, typer.Option("--live-rate", min=0, help="Also publish so many records a second.")
    ] = 0.0,
) -> int:
    """Generate a file, import it with automatic completion, and say how fast each part went."""
    _check_type(request)
    if live_per_second:
        bootstrap = session.connection.need_kafka()
        return _report(
            session, *asyncio.run(_run_both(session, request, bootstrap, live_per_second))
        )
    return _report(session, *_import_generated(session, request), None)


async def _run_both(
    session: Session, request: LoadRequest, bootstrap: str, live_per_second: float
) -> tuple[Json, float, LiveLoad]:
    finished = asyncio.Event()
    live = asyncio.create_task(
        measure_live_lane(bootstrap, per_second=live_per_second, until=finished)
    )
    try:
        view, seconds = await asyncio.to_thread(_import_generated, session, request)
    finally:
        finished.set()
    return view, seconds, await live


def _import_generated(session: Session, request: LoadRequest) -> tuple[Json, float]:
    """The finished import, and the seconds from its upload to its last row."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{request.record_type}-{request.rows}.csv"
        with file.open("wb") as stream:
            _write(request, stream)
        started = time.monotonic()
        config: Json = {"record_type": request.record_type, "complete": "automatic"}
        view = upload(session, file, config)
        view = watch_import(
            session.api, session.output, view["id"], until=FINAL_STATES, title=file.name
        )
        return view, time.monotonic() - started


def _report(session: Session, view: Json, seconds: float, live: LiveLoad | None) -> int:
    rows = int(view["counts"]["rows"])
    facts: Json = {
        "import_id": view["id"],
        "state": view["state"],
        "rows": rows,
        "seconds": round(seconds, 3),
        "rows_per_second": round(rows / seconds),
    }
    if live is not None:
        facts["live"] = live._asdict()
    if session.output.as_json:
        session.output.data(facts)
    else:
        session.output.facts([(name.replace("_", " "), value) for name, value in facts.items()])
    return OK if view["state"] == "completed" else FAILURE


def _write(request: LoadRequest, target: BinaryIO) -> None:
    write_csv(target, request.record_type, request.rows, seed=request.seed, bad_share=request.bad)


def _check_type(request: LoadRequest) -> None:
    if request.record_type not in RECORD_TYPES:
        raise CommandFailure(
            f"There is no generator for {request.record_type}.",
            f"There are: {', '.join(RECORD_TYPES)}.",
            exit_code=USAGE,
        )
