"""A verdict as it stands on a topic, and as the text line by which it is copied into staging.

Lines are PostgreSQL's COPY text format: a million of them are built per minute, so the usual case
(no backslash anywhere) is a plain rewriting of JSON.
"""

from typing import Any

import orjson

from contracts.envelope import CORRECTED_ROW

ACCEPTED = "accepted"
COLUMNS = (
    "import_no",
    "revision",
    "row",
    "attempt",
    "accepted",
    "values",
    "custom",
    "warnings",
    "violations",
    "cells",
    "corrects_row",
)
_NULL = b"\\N"
_BACKSLASH = b"\\"
_COPY_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


class StagedRows:
    """Lines ready to be copied, and how many first attempts of which revision they hold."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.first_attempts: dict[tuple[int, int], int] = {}

    def add(self, judged: list[list[Any]], *, import_no: int, revision: int) -> None:
        """Add verdicts of one revision."""
        self.lines += [copy_line(item, import_no, revision) for item in judged]
        key = (import_no, revision)
        fresh = sum(1 for item in judged if item[2] == 1)
        self.first_attempts[key] = self.first_attempts.get(key, 0) + fresh


def copy_line(judged: list[Any], import_no: int, revision: int) -> bytes:
    """One line over `COLUMNS` for a verdict of contracts.events.rows_judged."""
    verdict, row, attempt, values, custom, warnings = judged[:6]
    corrects_row = _NULL
    if custom and CORRECTED_ROW in custom:
        corrects_row = _corrected_row(custom[CORRECTED_ROW])
        custom = {name: text for name, text in custom.items() if name != CORRECTED_ROW}
    if verdict == ACCEPTED:
        return b"%d\t%d\t%d\t%d\tt\t%s\t%s\t%s\t\\N\t\\N\t%s\n" % (
            import_no,
            revision,
            row,
            attempt,
            _array(values),
            _custom(custom) if custom else _NULL,
            _json(warnings) if warnings else _NULL,
            corrects_row,
        )
    return b"%d\t%d\t%d\t%d\tf\t%s\t%s\t%s\t%s\t%s\t%s\n" % (
        import_no,
        revision,
        row,
        attempt,
        _array(values),
        _custom(custom) if custom else _NULL,
        _json(warnings) if warnings else _NULL,
        _json(judged[6]),
        _json(judged[7]),
        corrects_row,
    )


def _corrected_row(text: str | None) -> bytes:
    """The number of the corrected row; none where the cell does not hold one."""
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 9:
        return _NULL
    return text.encode()


def _json(value: Any) -> bytes:
    """JSON has no raw tab or line end; only its backslashes need COPY's escape."""
    return orjson.dumps(value).replace(_BACKSLASH, b"\\\\")


def _custom(custom: dict[str, str | None]) -> bytes:
    """Custom fields, where null says that the field is cleared."""
    if "" in custom.values():
        return _json({name: value or None for name, value in custom.items()})
    return _json(custom)


def _array(values: list[str | None]) -> bytes:
    """A `text[]`: JSON's array is its literal, but for the brackets and escapes."""
    text = orjson.dumps(values)
    if _BACKSLASH not in text:
        return b"{%s}" % text[1:-1]
    return f"{{{','.join(map(_element, values))}}}".translate(_COPY_ESCAPES).encode()


def _element(value: str | None) -> str:
    if value is None:
        return "null"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def is_judged(value: Any, fields: int) -> bool:
    """Whether a decoded message has the shape of a verdict over so many fields."""
    if type(value) is not list:
        return False
    items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
    if len(items) not in (6, 8) or items[0] != (ACCEPTED if len(items) == 6 else "rejected"):
        return False
    row, attempt, values = items[1:4]
    return (
        type(row) is int
        and type(attempt) is int
        and type(values) is list
        and 0 < row < 2**31
        and 0 < attempt < 2**15
        and len(values) == fields  # pyright: ignore[reportUnknownArgumentType]
    )
