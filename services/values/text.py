"""Plain text: trimming, normal form, control characters, length, and loose names for matching."""

import re
import unicodedata
from typing import NamedTuple

from services.values.problems import ValueProblem

_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CONTROLS_BUT_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]+")
_LINE_ENDS = re.compile(r"\r\n?|\u2028|\u2029|\x85")
_SURROGATES = re.compile("[\ud800-\udfff]")
_INVISIBLE_ENDS = "\ufeff\u200b"


class Cleaned(NamedTuple):
    """The text as it is stored, and whether control characters had to be replaced in it."""

    text: str
    controls_replaced: bool


def is_blank(text: str) -> bool:
    """Whether nothing but white space (also of the no-break kinds) stands in the text."""
    return not text or text.isspace() or not text.strip().strip(_INVISIBLE_ENDS)


def clean_text(text: str, *, keep_lines: bool = False) -> Cleaned:
    """Trim, bring to NFC, and put one space for each run of inner control characters.

    `keep_lines` keeps line ends (as \\n) and tabs, for notes. Everything else stays exactly as
    written. Raises ValueProblem `null_character` or `broken_character`.
    """
    if "\x00" in text:
        raise ValueProblem(
            "null_character", "A NUL character stands in this text: the source wrote it wrongly."
        )
    if _SURROGATES.search(text):
        raise ValueProblem(
            "broken_character", "Half a character stands in this text: the source cut it."
        )
    trimmed = text.strip().strip(_INVISIBLE_ENDS).strip()
    if keep_lines:
        trimmed = _LINE_ENDS.sub("\n", trimmed)
    controls = _CONTROLS_BUT_LINES if keep_lines else _CONTROLS
    cleaned, replaced = controls.subn(" ", trimmed)
    return Cleaned(unicodedata.normalize("NFC", cleaned).strip(), replaced > 0)


def check_length(text: str, max_length: int) -> None:
    """Raises ValueProblem `too_long` above `max_length` characters."""
    if len(text) > max_length:
        raise ValueProblem(
            "too_long", f"The value is longer than {max_length} characters: shorten it."
        )


def normalise_header(name: str) -> str:
    """A name for loose comparison: `Acct Name`, `acct_name` and `ACCT-NAME` are `acctname`.

    A name without any letter or digit (`#`) becomes the empty text.
    """
    compatible = unicodedata.normalize("NFKD", name)
    plain = "".join(char for char in compatible if not unicodedata.combining(char))
    return _NOT_ALPHANUMERIC.sub("", plain.casefold())
