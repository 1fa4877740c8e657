"""What the doctor looks at without the broker: connection, processes, API, key, waiting imports."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from cli.api import Api, Json
from cli.connection import Connection
from cli.failures import CommandFailure
from cli.session import Session

Standing = Literal["sound", "suspect", "broken", "unseen"]
_CAUSES = {
    "received": "nobody has begun to read it.",
    "reading": "{judged} of {rows} rows so far are judged and in the ledger.",
    "completing": "the ledger has not booked all of its rows yet.",
    "reverting": "the ledger has not undone all of its rows yet.",
}
_WAYS_ON = {
    "received": "Is the ingest worker running? See the processes above and `make logs`.",
    "reading": "Look at the lag of validator and ledger below. Rows that are lost on the way are "
    "sent again by themselves after five minutes without progress.",
    "completing": "Is the ledger worker running? It goes on where it stopped, and books no half.",
    "reverting": "Is the ledger worker running? It goes on where it stopped, and undoes no half.",
}
_WAITING_MINUTES = 5
_LOOKED_AT = 100


class Diagnosis(NamedTuple):
    """One part: `sound`, `suspect` (look at it), `broken`, or `unseen` from here."""

    part: str
    standing: Standing
    sentence: str
    way_on: str = ""


def check_connection(session: Session) -> Diagnosis:
    try:
        connection = session.connection
    except CommandFailure as failure:
        return Diagnosis("connection", "broken", failure.sentence, failure.way_on)
    return Diagnosis("connection", "sound", f"{connection.url}, from {connection.source}.")


def check_processes(connection: Connection) -> Iterator[Diagnosis]:
    """The processes of a local stack; elsewhere none are named."""
    gone = [name for name, pid in connection.processes if not _is_running(pid)]
    if gone:
        yield Diagnosis(
            "processes",
            "suspect",
            f"Not running: {', '.join(gone)}.",
            "A stack that is up starts them again within 10 s; `make status` shows it.",
        )
    elif connection.processes:
        yield Diagnosis("processes", "sound", f"All {len(connection.processes)} are running.")


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def check_api(api: Api) -> Iterator[Diagnosis]:
    try:
        api.send("GET", "/healthz")
    except CommandFailure as failure:
        yield Diagnosis("API", "broken", failure.sentence, failure.way_on)
        return
    try:
        api.send("GET", "/readyz")
    except CommandFailure as failure:
        yield Diagnosis(
            "API",
            "broken",
            f"It runs, but is not ready: {failure.sentence}",
            "It needs its database and the object store: `make status`, `make logs`.",
        )
        return
    yield Diagnosis("API", "sound", "It answers and is ready.")


def check_key(api: Api) -> Iterator[Diagnosis]:
    try:
        api.get("/v1/imports", {"limit": 1})
    except CommandFailure as failure:
        yield Diagnosis(
            "key",
            "broken",
            failure.sentence,
            failure.way_on or "Use a key with the scopes you need: `ledgerport keys create`.",
        )
        return
    yield Diagnosis("key", "sound", "It is known, and may read imports.")


def check_imports(api: Api) -> Iterator[Diagnosis]:
    """Among the latest imports: those that are neither final nor waiting for a person."""
    try:
        views = list(api.iterate("/v1/imports", limit=_LOOKED_AT))
    except CommandFailure as failure:
        yield Diagnosis("imports", "unseen", failure.sentence, failure.way_on)
        return
    for view in views:
        if _is_stuck(view):
            sentence = f"{view['id']} is {view['state']} for more than {_WAITING_MINUTES} minutes: "
            yield Diagnosis("imports", "suspect", sentence + _cause(view), _way_on(view))
    failed = [item for item in views if item["state"] == "failed"]
    if failed:
        newest = failed[0]
        sentence = (
            f"{len(failed)} failed, the newest {newest['id']}: {newest['failure']['sentence']}"
        )
        yield Diagnosis("imports", "suspect", sentence, newest["failure"]["way_on"])
    waiting = [item for item in views if item["state"] in ("mapping", "ready")]
    words = f"{len(views)} looked at, {len(waiting)} wait for a person."
    yield Diagnosis("imports", "sound", words)


def _is_stuck(view: Json) -> bool:
    """Nothing is known of it to have happened for so long."""
    if view["state"] not in _CAUSES:
        return False
    times = [view[name] for name in ("created_at", "ready_at", "completed_at") if view[name]]
    last = max(datetime.fromisoformat(text) for text in times)
    return datetime.now(UTC) - last > timedelta(minutes=_WAITING_MINUTES)


def _cause(view: Json) -> str:
    counts = view["counts"]
    judged = counts["rows"] - counts["pending"]
    return _CAUSES[view["state"]].format(judged=f"{judged:,}", rows=f"{counts['rows']:,}")


def _way_on(view: Json) -> str:
    return _WAYS_ON[view["state"]]
