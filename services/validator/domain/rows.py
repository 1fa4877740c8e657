"""Verdicts on the rows of one revision, block by block; made for speed."""

from collections.abc import Collection, Sequence
from itertools import repeat
from typing import Any

import orjson

from contracts.envelope import Reading
from contracts.events.rows_received import FOUND_WARNINGS
from contracts.records import record_types
from contracts.verdict import Remark
from services.validator.domain.currencies import states_currency, states_dollars_only
from services.validator.domain.examining import Examination, examine
from services.validator.domain.layouts import Layout, lay_out, missing_required
from services.validator.domain.received import Row
from services.validator.domain.remarks import remark
from services.validator.domain.writing import write_verdict
from services.values.columns import ODD

Columns = list[Sequence[Any]]

# Violations of the reader's that leave the cells on their columns; the others' cells are as found.
LAID_OUT = ("oversize_cell", "null_bytes")


class UnknownRecordType(LookupError):
    """A reading names a record type that does not exist."""


class RowJudge:
    """Judges the rows of one revision.

    A block is read column by column; rows with any oddity are read again with care. Both ways give
    the same verdict on the rows that the quick way takes.
    """

    def __init__(self, layout: Layout) -> None:
        self.width = len(layout.fields)
        self._layout = layout
        self._required = tuple(index for index, is_set in enumerate(layout.required) if is_set)
        self._clears = tuple(index for index, is_set in enumerate(layout.clears) if is_set)
        self._custom_names = tuple(name for name, _ in layout.custom)
        self._lacks_fields = bool(missing_required(layout))

    def judge(self, rows: Sequence[Row]) -> list[bytes]:
        """The verdicts in the order of the rows, as JSON."""
        if self._lacks_fields:
            return [self._judge_carefully(row) for row in rows]
        odd = {index for index, row in enumerate(rows) if len(row) > 3 and row[3]}
        plain = rows if not odd else [row for index, row in enumerate(rows) if index not in odd]
        verdicts = self._judge_quickly(plain)
        if not odd:
            return verdicts
        quick = iter(verdicts)
        return [
            self._judge_carefully(row) if index in odd else next(quick)
            for index, row in enumerate(rows)
        ]

    def _judge_quickly(self, rows: Sequence[Row]) -> list[bytes]:
        if not rows:
            return []
        raw = list(zip(*(row[2] for row in rows), strict=True))
        read: Columns = [
            reader(cells) for reader, cells in zip(self._layout.readers, raw, strict=False)
        ]
        odd, in_dollars = self._find_odd(raw, read)
        for index in self._clears:
            read[index] = ["" if value is None else value for value in read[index]]
        read.append((None,) * len(rows))
        ordered = [read[index] for index in self._layout.order]
        self._fill_currency(ordered, in_dollars)
        odd |= self._find_violations(ordered, odd)
        return [
            self._judge_carefully(row)
            if index in odd
            else orjson.dumps(("accepted", row[0], row[1], values, custom, None))
            for index, (row, values, custom) in enumerate(
                zip(rows, zip(*ordered, strict=True), self._collect_custom(read), strict=True)
            )
        ]

    def _find_odd(
        self, raw: list[tuple[str, ...]], read: Columns
    ) -> tuple[set[int], Collection[int]]:
        """Rows to be read with care, and rows whose amount says `$` and nothing else."""
        odd = set[int]()
        in_dollars: Collection[int] = ()
        for column in read:
            if ODD in column:
                odd.update(index for index, value in enumerate(column) if value is ODD)
        for required in self._required:
            column = read[required]
            if None in column:
                odd.update(index for index, value in enumerate(column) if value is None)
        amount_cell = self._layout.amount_cell
        if amount_cell is not None and read[amount_cell] is not raw[amount_cell]:
            stated = self._find_stated(raw[amount_cell], read[amount_cell], read)
            in_dollars = [index for index, only_dollars in stated.items() if only_dollars]
            odd.update(index for index, only_dollars in stated.items() if not only_dollars)
        return odd, in_dollars

    def _find_stated(
        self, cells: tuple[str, ...], amounts: Sequence[Any], read: Columns
    ) -> dict[int, bool]:
        """Rows whose amount says something of its currency: whether that is only `$`."""
        currency_cell, default = self._layout.currency_cell, self._layout.formats.currency
        said = repeat(None) if currency_cell is None else read[currency_cell]
        return {
            index: states_dollars_only(cell, currency, default)
            for index, (cell, amount, currency) in enumerate(
                zip(cells, amounts, said, strict=False)
            )
            if amount is not cell and amount is not ODD and states_currency(cell)
        }

    def _fill_currency(self, ordered: Columns, in_dollars: Collection[int]) -> None:
        """Where no currency is said but `$` is, the default is meant."""
        position = self._layout.currency_position
        if position is None or not in_dollars:
            return
        currencies = list(ordered[position])
        for index in in_dollars:
            currencies[index] = currencies[index] or self._layout.formats.currency
        ordered[position] = currencies

    def _find_violations(self, ordered: Columns, odd: set[int]) -> set[int]:
        found = set[int]()
        for check in self._layout.checks:
            if any(ODD in column for column in ordered) or check.may_fail(ordered):
                found.update(
                    index
                    for index, values in enumerate(zip(*ordered, strict=True))
                    if index not in odd and check.violates(values)
                )
        return found

    def _collect_custom(self, read: Columns) -> Sequence[dict[str, str] | None]:
        names = self._custom_names
        if not names:
            return read[-1]
        columns = [read[index] for _, index in self._layout.custom]
        if not any(None in column for column in columns):
            return list(map(dict, map(zip, repeat(names), zip(*columns, strict=True))))
        return [
            {name: text for name, text in zip(names, texts, strict=True) if text is not None}
            or None
            for texts in zip(*columns, strict=True)
        ]

    def _judge_carefully(self, row: Row) -> bytes:
        cells: list[str] = row[2]
        found = row[3] if len(row) > 3 else ()
        warnings = [_note(item) for item in found if item[0] in FOUND_WARNINGS]
        unreadable = [_note(item) for item in found if item[0] not in FOUND_WARNINGS]
        if all(item.code in LAID_OUT for item in unreadable) and len(cells) == self.width:
            examined = examine(self._layout, cells)
        else:
            examined = Examination([None] * len(self._layout.order))
        examined.warnings = warnings + examined.warnings
        examined.violations = unreadable + examined.violations
        return write_verdict(row[0], row[1], examined, cells)


def compile_judge(reading: Reading) -> RowJudge:
    """Raises UnknownRecordType, BadLayout, and ValueProblem for an unknown format."""
    record_type = record_types().get(reading.record_type)
    if record_type is None:
        raise UnknownRecordType(reading.record_type)
    layout = lay_out(record_type, reading.fields, formats=reading.formats, clear=reading.clear)
    return RowJudge(layout)


def _note(item: Sequence[str]) -> Remark:
    return remark(None, item[0], item[1])
