"""How cells lie on a record type: which parser reads which, and where its value goes."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.envelope import CORRECTED_ROW, Formats
from contracts.record_type import Field, RecordType
from services.validator.domain.checks import CompiledCheck, compile_checks
from services.values.columns import ColumnReader, compile_column
from services.values.decimal_formats import DecimalFormat, parse_decimal_format
from services.values.kinds import Parser, compile_parser

MAX_CUSTOM_LENGTH = 4000


class BadLayout(ValueError):
    """Fields that cannot be those of the record type: repeated or unknown ones."""


@dataclass(frozen=True, slots=True)
class Layout:
    """`fields`, `parsers` (none of them requires a value), `readers` and `clears` go by cell.

    `order` goes by declared field: the index of its cell, or the number of cells where it has
    none. `custom` pairs the name of each custom field with its cell's index. `currency_cells` are
    the cells of the amount and of its currency, where there is an amount.
    """

    record_type: RecordType
    fields: tuple[str, ...]
    formats: Formats
    parsers: tuple[Parser, ...]
    readers: tuple[ColumnReader, ...]
    required: tuple[bool, ...]
    clears: tuple[bool, ...]
    order: tuple[int, ...]
    custom: tuple[tuple[str, int], ...]
    checks: tuple[CompiledCheck, ...]
    decimal: DecimalFormat
    amount_cell: int | None
    currency_cell: int | None
    currency_position: int | None


def lay_out(
    record_type: RecordType,
    fields: Sequence[str],
    *,
    formats: Formats,
    clear: Sequence[str] = (),
) -> Layout:
    """Raises BadLayout, and ValueProblem for a format that is not known."""
    known = (name == CORRECTED_ROW or record_type.accepts(name) for name in fields)
    if len(set(fields)) != len(fields) or not all(known):
        raise BadLayout("repeated or unknown fields")
    declared = [record_type.find(name) or _custom(name) for name in fields]
    parsers = tuple(_compile_parser(item, formats) for item in declared)
    decimal = parse_decimal_format(formats.decimal)
    cell_of = {name: index for index, name in enumerate(fields)}
    amount, currency = record_type.amount_field, record_type.currency_field
    return Layout(
        record_type=record_type,
        fields=tuple(fields),
        formats=formats,
        parsers=parsers,
        readers=tuple(
            compile_column(item.kind, parser, max_length=item.max_length, decimal=decimal)
            for item, parser in zip(declared, parsers, strict=True)
        ),
        required=tuple(item.required for item in declared),
        clears=tuple(name in clear for name in fields),
        order=tuple(cell_of.get(name, len(fields)) for name in record_type.field_names),
        custom=tuple((n, i) for n, i in cell_of.items() if record_type.find(n) is None),
        checks=compile_checks(record_type),
        decimal=decimal,
        amount_cell=cell_of.get(amount) if amount and currency else None,
        currency_cell=cell_of.get(currency) if currency else None,
        currency_position=record_type.field_names.index(currency) if currency else None,
    )


def missing_required(layout: Layout) -> list[str]:
    """Required fields that have no cell at all."""
    return [
        item.name
        for item in layout.record_type.fields
        if item.required and item.name not in layout.fields
    ]


def _custom(name: str) -> Field:
    return Field(name=name, kind="text", description="", max_length=MAX_CUSTOM_LENGTH)


def _compile_parser(item: Field, formats: Formats) -> Parser:
    return compile_parser(
        item.kind,
        choices=item.choices,
        formats=formats,
        max_length=item.max_length,
        sign=item.sign,
    )
