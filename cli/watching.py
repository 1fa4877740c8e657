"""Following an import or export until it rests: by events where they come, else by asking."""

import time
from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import closing

import httpx
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.api import Api, Json
from cli.failures import CommandFailure
from cli.output import Output

POLL_SECONDS = 0.5
_PATIENCE_SECONDS = 60.0
_EVENT_TIMEOUT = httpx.Timeout(5.0, read=30.0)
_IMPORT_WORDS = {
    "received": "received",
    "mapping": "waiting for a mapping",
    "reading": "checking rows",
    "ready": "ready for review",
    "completing": "booking rows",
    "reverting": "undoing rows",
}
_EXPORT_WORDS = {"requested": "waiting for its turn", "rendering": "writing the file"}


def watch_import(
    api: Api, output: Output, import_id: str, *, until: Collection[str], title: str
) -> Json:
    """The import as it is once its state is one of `until`; shows progress on stderr."""
    with closing(follow_import(api, import_id)) as views:
        return _show_progress(views, output, until=until, title=title, words=_IMPORT_WORDS)


def watch_export(api: Api, output: Output, export_id: str, *, until: Collection[str]) -> Json:
    with closing(_poll(api, f"/v1/exports/{export_id}")) as views:
        return _show_progress(views, output, until=until, title="export", words=_EXPORT_WORDS)


def follow_import(api: Api, import_id: str) -> Generator[Json]:
    """The import again and again, at each change; survives restarts of the API."""
    path = f"/v1/imports/{import_id}"
    last_event: str | None = None
    while True:
        yield _ask_patiently(api, path)
        try:
            for event in _listen(api, f"{path}/events", last_event):
                last_event = event or last_event
                yield _ask_patiently(api, path)
        except CommandFailure:
            # The stream is a convenience: without it the import is asked for again.
            pass
        time.sleep(POLL_SECONDS)


def _poll(api: Api, path: str) -> Generator[Json]:
    while True:
        yield _ask_patiently(api, path)
        time.sleep(POLL_SECONDS)


def _ask_patiently(api: Api, path: str) -> Json:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return api.get(path)
        except CommandFailure as failure:
            if not isinstance(failure.__cause__, httpx.TransportError):
                raise
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)


def _listen(api: Api, path: str, last_event: str | None) -> Iterator[str | None]:
    """The id of each server-sent event, as it comes."""
    headers = {"Accept": "text/event-stream"}
    if last_event is not None:
        headers["Last-Event-ID"] = last_event
    with api.stream(path, headers=headers, timeout=_EVENT_TIMEOUT) as response:
        event_id: str | None = None
        has_data = False
        for line in response.iter_lines():
            if line.startswith("id:"):
                event_id = line[3:].strip()
            elif line.startswith("data:"):
                has_data = True
            elif not line and has_data:
                yield event_id
                has_data = False


def _show_progress(
    views: Iterator[Json],
    output: Output,
    *,
    until: Collection[str],
    title: str,
    words: Mapping[str, str],
) -> Json:
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=output.progress_console,
        transient=True,
        disable=not output.progress_console.is_terminal,
    )
    told: str | None = None
    with progress:
        task = progress.add_task(title, total=None)
        for view in views:
            state = str(view["state"])
            sentence = f"{title}: {words.get(state, state)}"
            done, total = _progress_of(view)
            progress.update(task, description=sentence, completed=done, total=total)
            if state != told and progress.disable:
                output.note(sentence)
            told = state
            if state in until:
                return view
    raise CommandFailure(f"{title}: nothing more is heard of it.")


def _progress_of(view: Json) -> tuple[int, int | None]:
    """What is done, of how much; an unknown total is None."""
    counts = view.get("counts")
    if not isinstance(counts, dict):
        return int(view.get("rows") or 0), None
    rows = int(counts.get("rows") or 0)  # pyright: ignore[reportUnknownMemberType,reportUnknownArgumentType]
    pending = int(counts.get("pending") or 0)  # pyright: ignore[reportUnknownMemberType,reportUnknownArgumentType]
    return rows - pending, rows or None
