"""How numbers are written: group and decimal separators of a stated format; no currencies."""

import re
from dataclasses import dataclass
from functools import cache

from services.values.problems import ValueProblem

_PATTERN = re.compile(
    r"(?:1(?P<group>\D?)234|1(?P<indian>,)23,456)(?P<decimal>[.,])(?P<fraction>\d\d)"
)
_SPACES = " \u00a0\u2009\u202f"
_APOSTROPHES = "'\u2019"
_NUMBER_CHARACTERS = re.compile(f"[0-9.,{_SPACES}{_APOSTROPHES}]+")
KNOWN_FORMATS = (
    "1,234.56",
    "1.234,56",
    "1 234,56",
    "1'234.56",
    "1 234.56",
    "1'234,56",
    "1234.56",
    "1234,56",
    "1,23,456.78",
)


@dataclass(frozen=True, slots=True)
class DecimalFormat:
    """A format named by how it writes a number: `1,234.56`, `1.234,56`, `1 234,56`, `1,23,456.78` …

    A format with a group separator also takes numbers without any, but where groups are written
    they must be written rightly.
    """

    pattern: str
    group: str
    decimal: str
    indian: bool = False

    def split(self, text: str) -> tuple[str, str] | None:
        """The digits before and after the decimal separator, or None when the text does not fit."""
        match = _number_pattern(self).fullmatch(text)
        if match is None:
            return None
        whole, fraction = match.group("whole", "fraction")
        digits = "".join(filter(str.isdecimal, whole or ""))
        return digits, fraction or ""

    def write(self, decimal_text: str) -> str:
        """Canonical decimal text written in this format, with groups: `-1250.00` is `-1,250.00`."""
        sign = "-" if decimal_text.startswith("-") else ""
        whole, point, fraction = decimal_text.removeprefix("-").partition(".")
        return f"{sign}{self._grouped(whole)}{self.decimal if point else ''}{fraction}"

    def _grouped(self, whole: str) -> str:
        head, tail = whole[:-3], whole[-3:]
        if not self.group or not head:
            return whole
        size = 2 if self.indian else 3
        first = len(head) % size
        groups = [head[:first]] if first else []
        groups += [head[start : start + size] for start in range(first, len(head), size)]
        return self.group.join([*groups, tail])


@cache
def parse_decimal_format(pattern: str) -> DecimalFormat:
    """The format that a pattern such as `1.234,56` names; raises ValueProblem `unknown_format`."""
    normal = (
        pattern.strip().translate({ord(space): " " for space in _SPACES}).replace("\u2019", "'")
    )
    match = _PATTERN.fullmatch(normal)
    if match is None or normal not in KNOWN_FORMATS:
        raise ValueProblem(
            "unknown_format", "Number formats are written as one of: " + "  ".join(KNOWN_FORMATS)
        )
    group = match["indian"] or match["group"] or ""
    return DecimalFormat(normal, group, match["decimal"], indian=bool(match["indian"]))


def guess_decimal_formats(text: str) -> list[str]:
    """The names of all known formats under which bare digits and separators are a number."""
    if _NUMBER_CHARACTERS.fullmatch(text) is None:
        return []
    return [name for name in KNOWN_FORMATS if parse_decimal_format(name).split(text) is not None]


@cache
def _number_pattern(form: DecimalFormat) -> re.Pattern[str]:
    separators = {" ": _SPACES, "'": _APOSTROPHES}.get(form.group, form.group)
    whole = "[0-9]+"
    if form.group:
        group = f"[{re.escape(separators)}]"
        # The back reference keeps one number from mixing two kinds of space.
        grouped = f"[0-9]{{1,3}}(?P<sep>{group})[0-9]{{3}}(?:(?P=sep)[0-9]{{3}})*"
        if form.indian:
            grouped = f"[0-9]{{1,2}}(?:{group}[0-9]{{2}})*{group}[0-9]{{3}}"
        whole = f"{grouped}|[0-9]+"
    point = re.escape(form.decimal)
    return re.compile(f"(?P<whole>{whole})?(?:{point}(?P<fraction>[0-9]+))?(?<=[0-9])")
