"""The kinds of field of a record type, and how each reads a cell; no checks across fields.

A parser returns a plain `str` (canonical text) or None (blank) in the common case, and a `Parsed`
where there is more to say: a warning, or a currency that the amount states itself. It raises
ValueProblem where the cell is refused.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple
from unicodedata import is_normalized

from contracts.envelope import Formats
from contracts.record_type import Field, Kind
from services.values.currencies import (
    MINOR_UNITS,
    currency_of_sign,
    fits_currency,
    unknown_currency,
)
from services.values.dates import DateFormat, parse_date, parse_date_format
from services.values.decimal_formats import DecimalFormat, parse_decimal_format
from services.values.money import parse_money
from services.values.problems import ValueProblem
from services.values.text import check_length, clean_text, is_blank, normalise_header

Sign = Literal["any", "positive", "not_negative"]
Choices = Iterable[tuple[str, tuple[str, ...]]]

MAX_REMEMBERED_CELLS = 5_000
MAX_REMEMBERED_LENGTH = 100
MAX_CURRENCY_TEXT = 20

_EMAIL = re.compile(r"[^@\s,;<>]{1,64}@[^@\s,;<>]+\.[^@\s,;<>.]{2,}")
_SHORTENED_NUMBER = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{1,3}")
_EMPTY = ValueProblem("required_missing", "A value is required here: fill the cell.")


class ValueWarning(NamedTuple):
    """What was noticed about a value that is taken all the same."""

    code: str
    sentence: str


class Parsed(NamedTuple):
    """A value with more to say. `currency` is what an amount states itself: a sign or ISO code."""

    value: str
    warning: ValueWarning | None = None
    currency: str | None = None


Parser = Callable[[str], str | Parsed | None]

_CONTROLS_REPLACED = ValueWarning(
    "control_characters", "Control characters in this text were replaced by spaces."
)
_THREE_DECIMALS = ValueWarning(
    "three_decimals",
    "The amount has exactly three decimals: if the separator is meant for thousands, choose "
    "another number format.",
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a field demands of its cells, beyond its kind."""

    required: bool = False
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()
    max_length: int = 500
    sign: Sign = "any"


def compile_parser(
    kind: Kind,
    *,
    required: bool = False,
    choices: Choices = (),
    formats: Formats | None = None,
    max_length: int = 500,
    sign: Sign = "any",
) -> Parser:
    """The parser for cells of one field; raises ValueProblem at once for an unknown format.

    `required` refuses blank cells, which are None otherwise.
    """
    rules = Rules(required, tuple(choices), max_length, sign)
    return _COMPILERS[kind](rules, formats or Formats())


def compile_field_parser(field: Field, formats: Formats) -> Parser:
    """The parser for a declared field of a record type."""
    return compile_parser(
        field.kind,
        required=field.required,
        choices=field.choices,
        formats=formats,
        max_length=field.max_length,
        sign=field.sign,
    )


def _blank(rules: Rules) -> None:
    if rules.required:
        raise ValueProblem(_EMPTY.code, _EMPTY.sentence)


def _remember(read: Parser) -> Parser:
    """Keep the answers for cells that repeat (dates, choices, agents); refusals are not kept."""
    known: dict[str, str | Parsed | None] = {}

    def parse(cell: str) -> str | Parsed | None:
        try:
            return known[cell]
        except KeyError:
            value = read(cell)
            if len(cell) <= MAX_REMEMBERED_LENGTH:
                if len(known) >= MAX_REMEMBERED_CELLS:
                    known.clear()
                known[cell] = value
            return value

    return parse


def _compile_text(rules: Rules, _: Formats, *, keep_lines: bool = False) -> Parser:
    max_length = rules.max_length

    def parse(cell: str) -> str | Parsed | None:
        # Printable text has no control characters, half characters or odd spaces to clean.
        if cell.isprintable() and (cell.isascii() or is_normalized("NFC", cell)):
            value = cell.strip()
            if value and len(value) <= max_length:
                return value
        if is_blank(cell):
            return _blank(rules)
        cleaned = clean_text(cell, keep_lines=keep_lines)
        if not cleaned.text:
            return _blank(rules)
        check_length(cleaned.text, max_length)
        if cleaned.controls_replaced:
            return Parsed(cleaned.text, _CONTROLS_REPLACED)
        return cleaned.text

    return parse


def _compile_reference(rules: Rules, formats: Formats) -> Parser:
    """References stay text: leading zeros are kept, and shortened numbers are refused."""
    read_text = _compile_text(rules, formats)
    shortened = _SHORTENED_NUMBER.fullmatch

    def parse(cell: str) -> str | Parsed | None:
        value = read_text(cell)
        if isinstance(value, str) and "+" in value and shortened(value):
            raise ValueProblem(
                "scientific_notation",
                "A spreadsheet has shortened this number and lost digits: format the column as "
                "text, and export it again.",
            )
        return value

    return parse


def _compile_money(rules: Rules, formats: Formats) -> Parser:
    form = parse_decimal_format(formats.decimal)
    sign = "-?" if rules.sign == "any" else ""
    dollar = r"\$?" if fits_currency("$", formats.currency) else ""
    fraction = f"(?:{re.escape(form.decimal)}[0-9]{{1,2}})?"
    groups = f"(?:{re.escape(form.group)}[0-9]{{3}})*"
    plain = re.compile(f"{sign}[1-9][0-9]{{0,14}}{fraction}").fullmatch
    grouped = re.compile(f"{sign}{dollar}[1-9][0-9]{{0,2}}{groups}{fraction}").fullmatch
    comma = form.decimal == ","

    def parse(cell: str) -> str | Parsed | None:
        if plain(cell):
            return cell.replace(",", ".") if comma else cell
        if form.group and grouped(cell):
            value = cell.replace(form.group, "").replace("$", "")
            return value.replace(",", ".") if comma else value
        if is_blank(cell):
            return _blank(rules)
        return _parse_odd_money(cell, form, rules.sign, formats.currency)

    return parse


def _parse_odd_money(
    cell: str, form: DecimalFormat, sign: Sign, currency: str
) -> str | Parsed | None:
    amount = parse_money(cell, form)
    _check_sign(amount.text, sign)
    digits = MINOR_UNITS.get(currency, 2)
    fraction = amount.text.partition(".")[2]
    warning = _THREE_DECIMALS if len(fraction) == 3 and digits < 3 else None
    stated = amount.stated
    if stated is not None and not fits_currency(stated, currency):
        return Parsed(amount.text, warning, currency_of_sign(stated) or stated)
    return amount.text if warning is None else Parsed(amount.text, warning)


def _check_sign(decimal_text: str, sign: Sign) -> None:
    if sign != "any" and decimal_text.startswith("-"):
        raise ValueProblem("amount_negative", "The amount must not be negative: check its sign.")
    if sign == "positive" and not decimal_text.strip("0."):
        raise ValueProblem("amount_not_positive", "The amount must be above zero.")


def _compile_currency(rules: Rules, _: Formats) -> Parser:
    def read(cell: str) -> str | None:
        if is_blank(cell):
            return _blank(rules)
        code = cell.strip().upper()
        if code not in MINOR_UNITS:
            raise unknown_currency()
        return code

    return _remember(read)


def _compile_date(rules: Rules, formats: Formats) -> Parser:
    form: DateFormat = parse_date_format(formats.date)

    def read(cell: str) -> str | None:
        return _blank(rules) if is_blank(cell) else parse_date(cell, form)

    return _remember(read)


def _compile_choice(rules: Rules, _: Formats) -> Parser:
    meanings = _index_choices(rules.choices)
    allowed = ", ".join(name for name, _ in rules.choices)

    def read(cell: str) -> str | None:
        if is_blank(cell):
            return _blank(rules)
        value = meanings.get(normalise_header(cell))
        if value is None:
            raise ValueProblem("unknown_choice", f"This is none of the known words: {allowed}.")
        return value

    return _remember(read)


def _index_choices(choices: Choices) -> dict[str, str]:
    """Loose spelling → canonical value. Two values that share a word are a mistake in the type."""
    meanings: dict[str, str] = {}
    for name, aliases in choices:
        for word in (name, *aliases):
            if meanings.setdefault(normalise_header(word), name) != name:
                raise ValueError(f"the word {word!r} means both {name!r} and another choice")
    return meanings


def _compile_agent(rules: Rules, formats: Formats) -> Parser:
    """E-mail addresses are compared, and so kept, in lower case; ids stay as written."""
    read_text = _compile_text(rules, formats)

    def read(cell: str) -> str | Parsed | None:
        value = read_text(cell)
        if not isinstance(value, str) or "@" not in value:
            return value
        if _EMAIL.fullmatch(value) is None:
            raise ValueProblem(
                "not_an_email", "This is neither an e-mail address nor an agent's id: correct it."
            )
        return value.lower()

    return _remember(read)


_COMPILERS: dict[Kind, Callable[[Rules, Formats], Parser]] = {
    "text": _compile_text,
    "notes": partial(_compile_text, keep_lines=True),
    "reference": _compile_reference,
    "money": _compile_money,
    "currency": _compile_currency,
    "date": _compile_date,
    "choice": _compile_choice,
    "agent": _compile_agent,
}
