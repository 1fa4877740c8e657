"""Violations and warnings, made safe to store and bounded in number and length."""

from collections.abc import Iterable, Sequence

from contracts.verdict import MAX_REMARK_VALUE_LENGTH, Remark

MAX_REMARKS = 100
MAX_FIELD_NAME_LENGTH = 100
NUL_SHOWN = "\u2400"


def show(text: str) -> str:
    """The text without NUL characters, which neither PostgreSQL nor people can read."""
    return text.replace("\x00", NUL_SHOWN)


def remark(field: str | None, code: str, sentence: str, value: str | None = None) -> Remark:
    """A remark with its field's name and value shortened."""
    return Remark(
        None if field is None else show(field[:MAX_FIELD_NAME_LENGTH]),
        code,
        sentence,
        None if value is None else show(value[:MAX_REMARK_VALUE_LENGTH]),
    )


def bound(remarks: Sequence[Remark]) -> Sequence[Remark]:
    """The first hundred, and a last one that says how many more there are."""
    if len(remarks) <= MAX_REMARKS:
        return remarks
    more = len(remarks) - MAX_REMARKS
    return [*remarks[:MAX_REMARKS], Remark(None, "more_remarks", f"And {more} more of them.")]


def to_arrays(remarks: Iterable[Remark]) -> list[tuple[str | None, ...]]:
    """As they stand on topics; orjson writes plain tuples only."""
    return [tuple(item) for item in remarks]
