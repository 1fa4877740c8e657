"""A record type's checks across fields, compiled onto the positions of its values."""

from collections.abc import Callable, Collection, Sequence

from contracts.record_type import Check, PositiveUnless, RecordType, RequiredOneOf
from contracts.verdict import Remark
from services.validator.domain.remarks import remark

Values = Sequence[str | None]
Violates = Callable[[Values], bool]
# Whether any row of a block may violate a check, given its columns of values by declared field.
MayFail = Callable[[Sequence[Sequence[str | None]]], bool]


class CompiledCheck:
    """One check: `may_fail` over a block of rows first, `violates` then row by row.

    `fields` are those without which it cannot be decided.
    """

    __slots__ = ("_code", "_field", "_sentence", "_value_at", "fields", "may_fail", "violates")

    def __init__(self, check: Check, positions: dict[str, int]) -> None:
        self._code = check.code
        self._sentence = check.sentence
        if isinstance(check, RequiredOneOf):
            self._field = check.fields[0] if len(check.fields) == 1 else None
            self._value_at = None
            self.fields = frozenset((*check.fields, *filter(None, [check.when_field])))
            self.violates = _misses_all(check, positions)
            self.may_fail = _may_miss_all(check, positions)
        else:
            self._field = check.field
            self._value_at = positions[check.field]
            self.fields = frozenset((check.field, check.unless_field))
            self.violates = _is_not_positive(check, positions)
            self.may_fail = _may_be_not_positive(positions[check.field])

    def explain(self, values: Values) -> Remark:
        value = None if self._value_at is None else values[self._value_at]
        return remark(self._field, self._code, self._sentence, value)


def compile_checks(record_type: RecordType) -> tuple[CompiledCheck, ...]:
    positions = {name: index for index, name in enumerate(record_type.field_names)}
    return tuple(CompiledCheck(check, positions) for check in record_type.checks)


def find_violations(
    checks: Sequence[CompiledCheck], values: Values, unreadable: Collection[str]
) -> list[Remark]:
    """What is violated; a check over a field that could not be read is left undecided."""
    return [
        check.explain(values)
        for check in checks
        if check.fields.isdisjoint(unreadable) and check.violates(values)
    ]


def _misses_all(check: RequiredOneOf, positions: dict[str, int]) -> Violates:
    wanted = tuple(positions[name] for name in check.fields)
    when, when_values = check.when_field, frozenset(check.when_values)
    if when is None:
        return lambda values: not any(values[index] for index in wanted)
    when_at = positions[when]
    return lambda values: (
        values[when_at] in when_values and not any(values[index] for index in wanted)
    )


def _is_not_positive(check: PositiveUnless, positions: dict[str, int]) -> Violates:
    at, unless_at = positions[check.field], positions[check.unless_field]
    unless = frozenset(check.unless_values)

    def violates(values: Values) -> bool:
        amount = values[at]
        if not amount or values[unless_at] in unless:
            return False
        return amount[0] == "-" or not amount.strip("0.")

    return violates


def _may_miss_all(check: RequiredOneOf, positions: dict[str, int]) -> MayFail:
    wanted = tuple(positions[name] for name in check.fields)
    when_at = None if check.when_field is None else positions[check.when_field]
    when_values = frozenset(check.when_values)

    def may_fail(columns: Sequence[Sequence[str | None]]) -> bool:
        if when_at is not None and when_values.isdisjoint(columns[when_at]):
            return False
        return all(None in columns[index] or "" in columns[index] for index in wanted)

    return may_fail


def _may_be_not_positive(at: int) -> MayFail:
    # Only a minus or a leading zero makes canonical decimal text not positive.
    def may_fail(columns: Sequence[Sequence[str | None]]) -> bool:
        return any(text is not None and text[:1] in "-0" for text in columns[at])

    return may_fail
