"""Files from the API to a file or to standard output, never half of one under its name."""

import os
import sys
from pathlib import Path

import httpx
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from cli.failures import CommandFailure
from cli.session import Session

_PIECE = 1024 * 1024


def save(session: Session, path: str, target: Path | None) -> None:
    """Write to `target`, complete or not at all; without one, to standard output."""
    with session.api.stream(path) as response:
        if target is None:
            for piece in response.iter_bytes(_PIECE):
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
            return
        size = _write(session, response, target)
    session.output.note(f"{target}: {size:,} bytes")


def _write(session: Session, response: httpx.Response, target: Path) -> int:
    partial = target.with_name(f".{target.name}.partial")
    console = session.output.progress_console
    total = response.headers.get("content-length")
    progress = Progress(
        TextColumn("downloading"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file, progress:
            task = progress.add_task("", total=int(total) if total else None)
            for piece in response.iter_bytes(_PIECE):
                file.write(piece)
                progress.advance(task, len(piece))
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        partial.replace(target)
    except OSError as error:
        raise CommandFailure(f"{target} cannot be written: {error}.") from None
    finally:
        partial.unlink(missing_ok=True)
    return size
