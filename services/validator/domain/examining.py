"""The careful way to read a row or record: every violation and warning, and what could be read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from contracts.findings import explain
from contracts.verdict import Remark
from services.validator.domain.checks import find_violations
from services.validator.domain.currencies import agree_on_currency, states_currency
from services.validator.domain.layouts import Layout, missing_required
from services.validator.domain.remarks import remark
from services.values.problems import ValueProblem
from services.values.text import is_blank


@dataclass(slots=True)
class Examination:
    """`values` go by declared field, `custom` by name; both hold only what could be read.

    `unreadable` names the fields of which something has been said that rules out more.
    """

    values: list[str | None]
    custom: dict[str, str] | None = None
    warnings: list[Remark] = field(default_factory=list[Remark])
    violations: list[Remark] = field(default_factory=list[Remark])
    unreadable: set[str] = field(default_factory=set[str])


def examine(layout: Layout, cells: Sequence[str], *, refused: Collection[str] = ()) -> Examination:
    """Read all cells of a row that lies on the layout, but those of fields refused already."""
    found = Examination([], unreadable=set(refused))
    read = [_read_cell(layout, index, cell, found) for index, cell in enumerate(cells)]
    for name in missing_required(layout):
        _demand(name, found)
    read.append(None)
    found.values = [read[index] for index in layout.order]
    custom = {name: text for name, index in layout.custom if (text := read[index]) is not None}
    found.custom = custom or None
    _settle_currency(layout, cells, found)
    found.violations += find_violations(layout.checks, found.values, found.unreadable)
    return found


def _read_cell(layout: Layout, index: int, cell: str, found: Examination) -> str | None:
    name = layout.fields[index]
    if name in found.unreadable:
        return None
    try:
        value = layout.parsers[index](cell)
    except ValueProblem as problem:
        found.violations.append(remark(name, problem.code, problem.sentence, cell))
        found.unreadable.add(name)
        return None
    if value is None:
        return _read_blank(layout, index, found)
    if isinstance(value, str):
        return value
    if value.warning is not None:
        found.warnings.append(remark(name, value.warning.code, value.warning.sentence, cell))
    return value.value


def _read_blank(layout: Layout, index: int, found: Examination) -> str | None:
    if layout.required[index]:
        _demand(layout.fields[index], found)
        return None
    return "" if layout.clears[index] else None


def _demand(name: str, found: Examination) -> None:
    found.violations.append(remark(name, "required", explain("required").sentence))
    found.unreadable.add(name)


def _settle_currency(layout: Layout, cells: Sequence[str], found: Examination) -> None:
    """Let the amount's own sign or code meet the row's currency."""
    amount_cell, position = layout.amount_cell, layout.currency_position
    if amount_cell is None or position is None:
        return
    record_type, cell = layout.record_type, cells[amount_cell]
    if {record_type.amount_field, record_type.currency_field} & found.unreadable:
        return
    if is_blank(cell) or not states_currency(cell):
        return
    try:
        found.values[position] = agree_on_currency(
            cell, layout.decimal, found.values[position], layout.formats.currency
        )
    except ValueProblem as problem:
        found.violations.append(
            remark(record_type.amount_field, problem.code, problem.sentence, cell)
        )
