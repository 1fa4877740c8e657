"""A verdict as it stands on a topic, and as it is staged."""

from typing import Any, NamedTuple

import orjson

ACCEPTED = "accepted"


class StagedRow(NamedTuple):
    """One row of `incoming`, in its column order; the nested values are JSON text."""

    import_no: int
    row: int
    revision: int
    attempt: int
    accepted: bool
    values: list[str | None]
    custom: str | None
    warnings: str | None
    violations: str | None
    cells: str | None


def to_json(value: Any) -> str | None:
    """JSON text; null for nothing and for an empty list or object."""
    return orjson.dumps(value).decode() if value else None


def _to_custom(custom: dict[str, str] | None) -> str | None:
    """Custom fields as JSON text, where null says that the field is cleared."""
    if not custom:
        return None
    if "" in custom.values():
        return to_json({name: value or None for name, value in custom.items()})
    return to_json(custom)


def stage(judged: list[Any], import_no: int, revision: int) -> StagedRow:
    """Lay a verdict (contracts.events.rows_judged) onto the staging columns."""
    verdict, row, attempt, values, custom, warnings = judged[:6]
    if verdict == ACCEPTED:
        return StagedRow(
            import_no,
            row,
            revision,
            attempt,
            True,
            values,
            _to_custom(custom),
            to_json(warnings),
            None,
            None,
        )
    return StagedRow(
        import_no,
        row,
        revision,
        attempt,
        False,
        values,
        _to_custom(custom),
        to_json(warnings),
        to_json(judged[6]),
        to_json(judged[7]),
    )


def is_judged(value: Any, fields: int) -> bool:
    """Whether a decoded message has the shape of a verdict over so many fields."""
    if not isinstance(value, list) or len(value) not in (6, 8):  # pyright: ignore[reportUnknownArgumentType]
        return False
    verdict, row, attempt, values = value[:4]  # pyright: ignore[reportUnknownVariableType]
    return (
        verdict == (ACCEPTED if len(value) == 6 else "rejected")  # pyright: ignore[reportUnknownArgumentType]
        and type(row) is int  # pyright: ignore[reportUnknownArgumentType]
        and type(attempt) is int  # pyright: ignore[reportUnknownArgumentType]
        and 0 < row < 2**31
        and 0 < attempt < 2**15
        and type(values) is list  # pyright: ignore[reportUnknownArgumentType]
        and len(values) == fields  # pyright: ignore[reportUnknownArgumentType]
    )
