"""Minor units as people read them."""

from services.values.decimal_formats import parse_decimal_format
from services.values.money import format_minor

_FORMAT = "1,234.56"


def in_major_units(minor: int, currency: str) -> str:
    """`125000` USD is `1,250.00`."""
    return format_minor(minor, currency, parse_decimal_format(_FORMAT))


def with_currency(minor: int, currency: str) -> str:
    return f"{in_major_units(minor, currency)} {currency}"
