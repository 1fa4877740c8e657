"""Spreadsheet formulas in text cells: neutralised on the way out, restored exactly on the way in.

Source: OWASP ASVS 5.0, 1.2.10. For text columns only: a negative amount is a number and stays one.
Apostrophes that already stand before such a character get one more, so that the way back is exact
for every text: `=1` is `'=1`, and `'=1` is `''=1`.
"""

import re
from typing import Final

DANGEROUS_FIRST: Final = "=+-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20"
_NEEDS = re.compile(f"'*[{re.escape(DANGEROUS_FIRST)}]")
_HAS = re.compile(f"'+[{re.escape(DANGEROUS_FIRST)}]")


def neutralise_formula(text: str) -> str:
    """The text with a leading `'` where a spreadsheet might run it."""
    return f"'{text}" if _NEEDS.match(text) else text


def restore_formula(text: str) -> str:
    """The inverse of `neutralise_formula`: takes away the one `'` that it has put."""
    return text[1:] if _HAS.match(text) else text
