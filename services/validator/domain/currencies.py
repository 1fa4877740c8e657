"""What an amount says of its own currency, against the row's currency and the import's default."""

import re

from services.values.currencies import currency_of_sign, fits_currency
from services.values.decimal_formats import DecimalFormat
from services.values.money import parse_money
from services.values.problems import ValueProblem

_STATES_SOMETHING = re.compile(r"[^\s0-9.,'\u2019+\-\u2212()]")


def states_currency(cell: str) -> bool:
    """Whether anything stands in an amount that may be a currency's sign or code."""
    return not cell.isdecimal() and _STATES_SOMETHING.search(cell) is not None


def agree_on_currency(cell: str, form: DecimalFormat, said: str | None, default: str) -> str | None:
    """The row's currency, given a readable amount and what its own field says.

    A sign that may mean several currencies (`$`) means the default where that is one of them, so
    that it never becomes the currency of an account that it does not fit.

    Raises ValueProblem `currency_conflict` or `ambiguous_currency`.
    """
    stated = parse_money(cell, form).stated
    if stated is None:
        return said
    if said:
        if not fits_currency(stated, said):
            raise ValueProblem(
                "currency_conflict",
                "The currency beside the amount is not the row's: correct one of them.",
            )
        return said
    meant = currency_of_sign(stated)
    if meant is not None:
        return meant
    if not fits_currency(stated, default):
        raise ValueProblem(
            "ambiguous_currency",
            "The sign beside the amount may mean several currencies: fill the currency's field.",
        )
    return default


def states_dollars_only(cell: str, said: str | None, default: str) -> bool:
    """Whether the only thing stated is a `$` that fits both the default and the row's currency."""
    return (
        "$" in cell
        and not states_currency(cell.replace("$", "", 1))
        and fits_currency("$", default)
        and (not said or fits_currency("$", said))
    )
