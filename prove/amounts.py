"""The check's own money arithmetic: text to exact decimals by a stated format, and to minor units.

Written apart from the services on purpose: what both agree on is not one mistake made once.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache

_SPACES = str.maketrans({"\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2019": "'"})
_SURROUNDING = re.compile(r"(?:[A-Za-z]{2}\$|[A-Za-z]{3}|zł|[$€£¥₹₩₪₺₽₴₦₱₫])")
_LARGEST_MAJOR = Decimal(10) ** 13
_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DIGITS_BY_CURRENCY = {code: digits for digits, codes in _DIGITS.items() for code in codes.split()}

AmountReader = Callable[[str], Decimal | None]


def minor_digits(currency: str) -> int:
    """ISO 4217 digits after the decimal point."""
    return _DIGITS_BY_CURRENCY.get(currency, 2)


def to_minor(amount: Decimal, currency: str) -> int | None:
    """Minor units; None where the amount has more digits than its currency, or is too large."""
    scaled = amount.scaleb(minor_digits(currency))
    if abs(amount) >= _LARGEST_MAJOR or scaled != scaled.to_integral_value():
        return None
    return int(scaled)


def in_major_units(minor: int, currency: str) -> str:
    digits = minor_digits(currency)
    return f"{Decimal(minor).scaleb(-digits):,.{digits}f} {currency}"


@cache
def compile_reader(pattern: str) -> AmountReader:
    """A reader for amounts written as `pattern` writes them, such as `1.234,56`."""
    normal = pattern.strip().translate(_SPACES)
    decimal = "," if normal.endswith(",56") or normal.endswith(",78") else "."
    group = next((char for char in normal if not char.isdigit() and char != decimal), "")
    if re.fullmatch(r"1,23,456\.78", normal):
        whole = r"\d{1,2}(?:,\d{2})*,\d{3}|\d+"
    elif group:
        whole = rf"\d{{1,3}}(?:{re.escape(group)}\d{{3}})+|\d+"
    else:
        whole = r"\d+"
    number = re.compile(rf"({whole})?(?:{re.escape(decimal)}(\d+))?", re.ASCII)

    def read(text: str) -> Decimal | None:
        sign, bare = _strip_surroundings(text)
        match = number.fullmatch(bare) if bare else None
        if match is None or sign is None or not any(match.groups()):
            return None
        digits = (match[1] or "0").replace(group, "") if group else (match[1] or "0")
        return sign * Decimal(f"{digits}.{match[2] or '0'}")

    return read


def _strip_surroundings(text: str) -> tuple[int | None, str]:
    """The sign (None for two of them) and the bare number inside currency, minus and brackets."""
    rest = text.translate(_SPACES).replace("\u2212", "-").strip()
    negatives = positives = 0
    while rest and not (rest[0].isdigit() and rest[-1].isdigit()):
        if rest[0] == "(" and rest[-1] == ")":
            rest, negatives = rest[1:-1], negatives + 1
        elif rest[0] in "-+" or rest[-1] == "-":
            at_start = rest[0] in "-+"
            negatives += rest[0] == "-" if at_start else 1
            positives += at_start and rest[0] == "+"
            rest = rest[1:] if at_start else rest[:-1]
        else:
            before = _SURROUNDING.match(rest)
            after = re.search(rf"{_SURROUNDING.pattern}\Z", rest)
            if before is not None:
                rest = rest[before.end() :]
            elif after is not None:
                rest = rest[: after.start()]
            else:
                break
        rest = rest.strip()
    if negatives + positives > 1:
        return None, rest
    return (-1 if negatives else 1), rest
