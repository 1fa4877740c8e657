"""`imports create`: the configuration from options and files, the upload, and the wait."""

import json
import time
import uuid
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, BinaryIO, cast

import httpx
import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from cli.api import Json
from cli.failures import NOT_FOUND, USAGE, CommandFailure
from cli.session import Session
from contracts.api.imports import FINAL_STATES

RESTING_STATES = (*FINAL_STATES, "ready", "mapping")
_ATTEMPTS = 4
_TRAILER_CELLS = ("rows_cell", "amount_cell")
_UPLOAD_TIMEOUT = httpx.Timeout(600.0, connect=5.0)


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """The options of `imports create` that become the import's configuration."""

    record_type: Annotated[str, typer.Option("--type", help="accounts, transactions, …")]
    mode: Annotated[
        str | None,
        typer.Option(help="upsert (default), update_existing, create_new or skip_duplicates."),
    ] = None
    mapping: Annotated[Path | None, typer.Option(help='JSON file {"column": "field" or null}.')] = (
        None
    )
    config: Annotated[
        Path | None, typer.Option(help="JSON file with any of the import's options.")
    ] = None
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="One option as key=value, e.g. --set formats.date=DD/MM/YYYY; repeatable."
        ),
    ] = None
    trailer: Annotated[
        str | None,
        typer.Option(
            metavar="MARKER[:ROWS[:AMOUNT]]",
            help="The last row, known by its first cell, says the totals in these cells.",
        ),
    ] = None
    complete: Annotated[
        bool, typer.Option("--complete", help="Book it as soon as the plan is ready.")
    ] = False
    watch: Annotated[bool, typer.Option("--watch", help="Wait, with progress.")] = False


def build_config(request: ImportRequest) -> Json:
    """The `config` of the API; later sources win: --config, --set, then the options by name."""
    config = read_json_object(request.config) if request.config else {}
    set_options(config, request.settings or [])
    config["record_type"] = request.record_type
    if request.mode is not None:
        config["mode"] = request.mode
    if request.mapping is not None:
        config["mapping"] = read_json_object(request.mapping)
    if request.trailer is not None:
        config["trailer"] = _parse_trailer(request.trailer)
    if request.complete:
        config["complete"] = "automatic"
    return config


def read_json_object(path: Path) -> Json:
    """A JSON object from a file; raises CommandFailure."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CommandFailure(f"There is no file {path}.", exit_code=NOT_FOUND) from None
    except (OSError, ValueError) as error:
        raise CommandFailure(f"{path} is not JSON: {error}.", exit_code=USAGE) from None
    if not isinstance(content, dict):
        raise CommandFailure(f"{path} must hold a JSON object.", exit_code=USAGE)
    return cast(Json, content)


def upload(session: Session, file: Path, config: Json) -> Json:
    """Send the file; the import it became. A broken connection is tried again, never doubled."""
    if not file.is_file():
        raise CommandFailure(f"There is no file {file}.", exit_code=NOT_FOUND)
    key = str(uuid.uuid4())
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _send(session, file, config, key)
        except CommandFailure as failure:
            broke = isinstance(failure.__cause__, httpx.TransportError)
            never_began = attempt == 1 and isinstance(failure.__cause__, httpx.ConnectError)
            if not broke or never_began or attempt == _ATTEMPTS:
                raise
            session.output.note(f"{failure.sentence} Sending again ({attempt}).")
            time.sleep(attempt)
    raise AssertionError("every attempt returns or raises")


def _send(session: Session, file: Path, config: Json, key: str) -> Json:
    with file.open("rb") as stream, _upload_bar(session, file) as progress:
        response = session.api.send(
            "POST",
            "/v1/imports",
            data={"config": json.dumps(config)},
            files={"file": (file.name, cast(Any, _CountedFile(stream, progress)))},
            headers={"Idempotency-Key": key},
            timeout=_UPLOAD_TIMEOUT,
        )
    return response.json()


@contextmanager
def _upload_bar(session: Session, file: Path) -> Generator[Progress]:
    console = session.output.progress_console
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with progress:
        progress.add_task(f"uploading {file.name}", total=file.stat().st_size)
        yield progress


class _CountedFile:
    """A file that tells a progress bar how far it has been read."""

    def __init__(self, stream: BinaryIO, progress: Progress) -> None:
        self._stream = stream
        self._progress = progress

    def fileno(self) -> int:
        return self._stream.fileno()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        self._progress.advance(self._progress.task_ids[0], len(piece))
        return piece


def _parse_trailer(text: str) -> Json:
    """`MARKER[:rows_cell[:amount_cell]]`; a cell that is left empty is not looked at."""
    marker, *cells = text.split(":")
    if not marker or len(cells) > len(_TRAILER_CELLS) or not all(map(_is_cell, cells)):
        raise CommandFailure(
            f"--trailer {text} is not MARKER, MARKER:ROWS or MARKER:ROWS:AMOUNT.", exit_code=USAGE
        )
    named = zip(_TRAILER_CELLS, cells, strict=False)
    return {"marker": marker, **{name: int(cell) for name, cell in named if cell}}


def _is_cell(text: str) -> bool:
    return not text or (text.isascii() and text.isdecimal())


def set_options(config: Json, settings: Sequence[str]) -> None:
    """Each as `key=value`, a nested one as `formats.date=…`; raises CommandFailure."""
    for setting in settings:
        _set_option(config, setting)


def _set_option(config: Json, setting: str) -> None:
    name, equals, text = setting.partition("=")
    if not equals or not name:
        raise CommandFailure(f"--set {setting} is not key=value.", exit_code=USAGE)
    *parents, last = name.split(".")
    place = config
    for parent in parents:
        place = place.setdefault(parent, {})
    place[last] = _parse_value(text)


def _parse_value(text: str) -> Any:
    """Whole numbers, booleans, null, lists and objects as JSON; everything else is text."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return text if isinstance(value, float) else value
