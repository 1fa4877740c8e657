"""Text to exact decimal amounts and back, and to integer minor units. Floats live nowhere."""

import re
from typing import NamedTuple

from services.values.currencies import (
    MINOR_UNITS,
    SIGNS,
    currency_of_sign,
    fits_currency,
    minor_units,
)
from services.values.decimal_formats import (
    DecimalFormat,
    guess_decimal_formats,
    parse_decimal_format,
)
from services.values.problems import ValueProblem

MAX_DIGITS = 30
MAX_TEXT_LENGTH = 100
MAX_MINOR = 10**18 - 1

_SIGN_WORDS = "|".join(re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True))
_CODE = "[A-Za-z]{3}"
_BEFORE = re.compile(rf"({_SIGN_WORDS}|{_CODE})\s*(?=[-+(0-9.,])")
_AFTER = re.compile(rf"(?<=[0-9).,-])\s*({_SIGN_WORDS}|{_CODE})\Z")
_EXPONENT = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE][-+]?[0-9]+")
_DIGITS = "0123456789"
_CANONICAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


class Amount(NamedTuple):
    """Exact decimal text (`-1250.00`), and the sign or ISO code that stood beside it, if any.

    `stated` is `$`, `€` … or an upper-case code; `fits_currency` tells whether it agrees with a
    currency that is known from elsewhere.
    """

    text: str
    stated: str | None = None

    @property
    def currency(self) -> str | None:
        """The currency that `stated` means, where it means exactly one."""
        return None if self.stated is None else currency_of_sign(self.stated)


class _Peeled(NamedTuple):
    number: str
    negative: bool
    stated: tuple[str, ...]


def parse_money(text: str, form: DecimalFormat) -> Amount:
    """Read an amount as `form` writes it, never otherwise; raises ValueProblem.

    Around the digits it takes a currency sign or ISO code, one minus (before or after) or plus,
    accounting parentheses, and spaces. Digits are 0-9 only: other scripts' digits are refused, as
    no stated format covers them. The fraction's digits are kept as written (`5.10` is not `5.1`).
    """
    if not text or text.isspace():
        raise ValueProblem("empty", "There is no amount here: write one, such as 1250.00.")
    if len(text) > MAX_TEXT_LENGTH:
        raise _not_a_number("This is too long to be an amount.")
    peeled = _peel(text)
    parts = form.split(peeled.number)
    if parts is None:
        raise _explain(peeled.number, form)
    stated = _agree_on_currency(peeled.stated) if peeled.stated else None
    return Amount(_canonical(*parts, negative=peeled.negative), stated)


def to_minor(decimal_text: str, currency: str) -> int:
    """Canonical decimal text in integer minor units; zeros beyond them are no excess.

    Raises ValueProblem `excess_digits`, `amount_out_of_range` or `unknown_currency`.
    """
    digits = minor_units(currency)
    if _CANONICAL.fullmatch(decimal_text) is None:
        raise _not_a_number("This is not an amount in canonical form.")
    whole, _, fraction = decimal_text.partition(".")
    if fraction[digits:].strip("0"):
        raise ValueProblem(
            "excess_digits",
            f"{currency} has {digits} digits after the decimal point and this amount has more: "
            "round it at the source.",
        )
    minor = int(whole + fraction[:digits].ljust(digits, "0"))
    if abs(minor) > MAX_MINOR:
        raise ValueProblem(
            "amount_out_of_range", "This amount is larger than the books can hold: check it."
        )
    return minor


def format_minor(minor: int, currency: str, form: DecimalFormat | None = None) -> str:
    """Minor units as canonical decimal text, or as `form` writes it: 125000 USD is `1250.00`."""
    digits = minor_units(currency)
    sign = "-" if minor < 0 else ""
    padded = str(abs(minor)).rjust(digits + 1, "0")
    text = f"{sign}{padded[:-digits]}.{padded[-digits:]}" if digits else f"{sign}{padded}"
    return text if form is None else form.write(text)


def conflicts_with_currency(text: str, form: DecimalFormat, currency: str) -> bool:
    """Whether a readable amount states, by sign or code, another currency than `currency`."""
    stated = parse_money(text, form).stated
    return stated is not None and not fits_currency(stated, currency)


def _peel(text: str) -> _Peeled:
    """Take off, from outside to inside, what may stand around a number."""
    number, signs, stated = text.replace("\u2212", "-").strip(), "", tuple[str, ...]()
    while number and not (number[0] in _DIGITS and number[-1] in _DIGITS):
        if number[0] == "(" and number[-1] == ")":
            number, signs = number[1:-1], signs + "("
        elif number[0] in "-+":
            number, signs = number[1:], signs + number[0]
        elif number[-1] == "-":
            number, signs = number[:-1], signs + "-"
        elif number[0] not in _DIGITS and (before := _BEFORE.match(number)):
            number, stated = number[before.end() :], (*stated, before[1])
        elif number[-1] not in _DIGITS and (after := _AFTER.search(number)):
            number, stated = number[: after.start()], (*stated, after[1])
        else:
            break
        number = number.strip()
    if len(signs) > 1:
        raise _not_a_number("An amount has one sign at most.")
    return _Peeled(number, signs in ("-", "("), stated)


def _canonical(whole: str, fraction: str, *, negative: bool) -> str:
    if len(whole) + len(fraction) > MAX_DIGITS:
        raise ValueProblem(
            "too_many_digits", f"An amount has at most {MAX_DIGITS} digits: check the cell."
        )
    whole = whole.lstrip("0") or "0"
    sign = "-" if negative and (whole + fraction).strip("0") else ""
    return f"{sign}{whole}.{fraction}" if fraction else sign + whole


def _agree_on_currency(stated: tuple[str, ...]) -> str | None:
    names = {name if name in SIGNS else name.upper() for name in stated}
    unknown = [name for name in names if name not in SIGNS and name not in MINOR_UNITS]
    if unknown:
        raise _not_a_number("Letters stand beside the number that are no currency.")
    codes = sorted(names - SIGNS.keys())
    signs = sorted(names & SIGNS.keys())
    if len(codes) > 1 or len(signs) > 1 or (codes and signs and codes[0] not in SIGNS[signs[0]]):
        raise ValueProblem("currency_conflict", "Two different currencies stand beside the number.")
    return next(iter(codes + signs), None)


def _explain(number: str, form: DecimalFormat) -> ValueProblem:
    if any(character.isnumeric() and not character.isascii() for character in number):
        return _not_a_number("Only the digits 0 to 9 are read.")
    if _EXPONENT.fullmatch(number):
        return _not_a_number("Scientific notation is not read: write all digits.")
    others = guess_decimal_formats(number)
    if others:
        return ValueProblem(
            "ambiguous_number",
            f"This does not fit the number format {form.pattern}; it would fit {others[0]}. "
            "Choose that format for the whole import, or correct the cell.",
        )
    return _not_a_number(f"The number format is {form.pattern}.")


def _not_a_number(why: str) -> ValueProblem:
    return ValueProblem("not_a_number", f"This cannot be read as an amount. {why}")


__all__ = [
    "MAX_DIGITS",
    "MAX_MINOR",
    "Amount",
    "DecimalFormat",
    "conflicts_with_currency",
    "fits_currency",
    "format_minor",
    "minor_units",
    "parse_decimal_format",
    "parse_money",
    "to_minor",
]
