"""JSON logs with correlation ids, and without personal data."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

QUIET_LOGGERS = ("aiokafka", "faststream", "uvicorn", "uvicorn.error", "asyncio")


def _drop_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """An exception's type and place are told, its message is not: it may quote a row."""
    information = event.pop("exc_info", None)
    if information:
        error = information if isinstance(information, BaseException) else sys.exc_info()[1]
        if error is not None:
            event["error"] = type(error).__name__
            event["where"] = _innermost(error)
    return event


def _innermost(error: BaseException) -> list[str]:
    trace, places = error.__traceback__, list[str]()
    while trace is not None:
        places.append(
            f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"
            if sys.version_info >= (3, 11)
            else trace.tb_frame.f_code.co_name
        )
        trace = trace.tb_next
    return places[-6:]


def _to_text(value: Any, **_: Any) -> str:
    return orjson.dumps(value, default=str).decode()


def configure(level: str, service: str) -> None:
    """One JSON object a line on standard output, the libraries' records included."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _drop_values,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(serializer=_to_text),
        ],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
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


def get_logger(name: str) -> Any:
    return structlog.stdlib.get_logger(name)


@contextmanager
def bind(**values: Any) -> Iterator[None]:
    """What is logged inside carries these values, such as a correlation id."""
    with structlog.contextvars.bound_contextvars(**values):
        yield
