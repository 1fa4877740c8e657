"""JSON logs with correlation ids, and without personal data: nothing passes that is not known.

Values of unknown names are withheld, errors are told by type and place and never by message (they
quote rows), and what libraries format themselves is cut down to its first line.
"""

import logging
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, cast
from uuid import UUID

import asyncpg
import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

QUIET_LOGGERS = ("aiokafka", "faststream", "uvicorn", "uvicorn.error", "asyncio", "urllib3")
# Their arguments are topics, groups and error names.
TRUSTED_LOGGERS = ("aiokafka", "uvicorn")
WITHHELD = "[withheld]"
LONGEST_TEXT = 300
PLACES_SHOWN = 6
REPEAT_SECONDS = 10.0
REMEMBERED_REPEATS = 1_000

# Names whose text may be shown; numbers, truth values and UUIDs may be under any name.
KNOWN_NAMES = frozenset(
    (
        "event",
        "level",
        "timestamp",
        "logger",
        "service",
        "correlation_id",
        "error",
        "where",
        "causes",
        "sqlstate",
        "constraint",
        "table",
        "task",
        "tasks",
        "reason",
        "code",
        "state",
        "method",
        "route",
        "topic",
        "group",
        "lane",
        "schema",
    )
)
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def _keep_known(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for name, value in event.items():
        if name in KNOWN_NAMES or name.startswith("_"):
            continue
        if value is None or isinstance(value, (bool, int, float, UUID)):
            continue
        if name.endswith("_id") and isinstance(value, str) and _ID.fullmatch(value):
            continue
        event[name] = WITHHELD
    return event


def _tell_error(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """An exception's type and place, not its message."""
    information = event.pop("exc_info", None)
    event.pop("stack_info", None)
    if not information:
        return event
    if isinstance(information, tuple):
        information = cast("tuple[Any, Any, Any]", information)[1]
    error = information if isinstance(information, BaseException) else sys.exc_info()[1]
    if error is not None:
        event.update(describe_error(error))
    return event


def describe_error(error: BaseException) -> dict[str, Any]:
    """What may be told of an error."""
    told: dict[str, Any] = {"error": type(error).__name__, "where": _find_places(error)}
    if isinstance(error, asyncpg.PostgresError):
        told["sqlstate"] = error.sqlstate
        told["constraint"] = getattr(error, "constraint_name", None)
        told["table"] = getattr(error, "table_name", None)
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        told["causes"] = [type(one).__name__ for one in group.exceptions]
    elif error.__cause__ is not None:
        told["causes"] = [type(error.__cause__).__name__]
    return told


def _find_places(error: BaseException) -> list[str]:
    trace, places = error.__traceback__, list[str]()
    while trace is not None:
        code = trace.tb_frame.f_code
        module = trace.tb_frame.f_globals.get("__name__", "?")
        places.append(f"{module}.{code.co_qualname}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[-PLACES_SHOWN:]


def _tame_foreign(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A library's record: formatted where its arguments are trusted, else its template."""
    record: logging.LogRecord = event["_record"]
    trusted = record.name.partition(".")[0] in TRUSTED_LOGGERS
    text = str(event["event"] if trusted else record.msg)
    event["event"] = text.partition("\n")[0][:LONGEST_TEXT]
    event["logger"] = record.name
    return event


class _Repeats(logging.Filter):
    """Lets a library say the same thing once in ten seconds: one that is cut off says it
    ten times a second."""

    def __init__(self) -> None:
        super().__init__()
        self._told_at: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] not in QUIET_LOGGERS:
            return True
        now, key = time.monotonic(), (record.name, str(record.msg)[:LONGEST_TEXT])
        if now - self._told_at.get(key, -REPEAT_SECONDS) < REPEAT_SECONDS:
            return False
        if len(self._told_at) > REMEMBERED_REPEATS:
            self._told_at.clear()
        self._told_at[key] = now
        return True


def _to_text(value: Any, **_: Any) -> str:
    return orjson.dumps(value, default=str).decode()


def configure(level: str, service: str) -> None:
    """One JSON object a line on standard output, the libraries' records included."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _tell_error,
        _keep_known,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_tame_foreign, *shared],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(serializer=_to_text),
        ],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    handler.addFilter(_Repeats())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    sys.excepthook = _log_uncaught


def _log_uncaught(
    _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
) -> None:
    """In place of the interpreter's traceback, which ends with the error's message."""
    get_logger(__name__).critical("uncaught", exc_info=error)


def get_logger(name: str) -> Any:
    return structlog.stdlib.get_logger(name)


@contextmanager
def bind(**values: Any) -> Iterator[None]:
    """What is logged inside carries these values, such as a correlation id."""
    with structlog.contextvars.bound_contextvars(**values):
        yield
