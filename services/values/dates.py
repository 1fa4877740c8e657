"""Text to calendar dates by a stated format, and back. Times and time zones do not live here.

Tokens of a pattern: `YYYY`, `YY` (69-99 are 19xx, 00-68 are 20xx, as in POSIX), `MM`, `DD` (one or
two digits where separators stand between, else two), `M`, `D` (the same), `MMM` (Jan), `MMMM`
(January); everything else stands for itself. `ISO 8601` is `YYYY-MM-DD`, strictly.

A time of day: under `ISO 8601` a timestamp is read as the calendar date that is written in it,
never shifted between zones; under any other format only midnight may follow the date.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from services.values.problems import ValueProblem

ISO = "ISO 8601"
KNOWN_FORMATS = (
    ISO,
    "MM/DD/YYYY",
    "DD/MM/YYYY",
    "DD.MM.YYYY",
    "MM-DD-YYYY",
    "DD-MM-YYYY",
    "YYYY/MM/DD",
    "YYYY.MM.DD",
    "YYYYMMDD",
    "DD-MMM-YYYY",
    "DD MMM YYYY",
    "MMM DD, YYYY",
    "MMMM DD, YYYY",
    "DD MMMM YYYY",
    "MM/DD/YY",
    "DD/MM/YY",
    "DD.MM.YY",
    "DD-MMM-YY",
)
_MONTH_NAMES = (
    "January February March April May June July August September October November December"
)
MONTHS = _MONTH_NAMES.split()
MIN_YEAR, MAX_YEAR = 1900, 2200

_TOKENS = re.compile(r"YYYY|YY|MMMM|MMM|MM?|DD?|[ /.,-]+")
_ISO_TIME = r"(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?(?:[Zz]|[-+]\d{2}(?::?\d{2})?)?)?"
_MIDNIGHT = r"(?:[T ]+(?:0?0:00(?::00(?:\.0{1,9})?)?|12:00(?::00)? ?AM))?"
_LONGEST_TEXT = 60


@dataclass(frozen=True, slots=True)
class DateFormat:
    """A date format by its name: `ISO 8601`, `DD.MM.YYYY`, `DD-MMM-YYYY` … (see the module)."""

    name: str

    @property
    def tokens(self) -> tuple[str, ...]:
        return tuple(_TOKENS.findall("YYYY-MM-DD" if self.name == ISO else self.name))


@cache
def parse_date_format(pattern: str) -> DateFormat:
    """The format that a pattern names; raises ValueProblem `unknown_format`."""
    name = pattern.strip().upper()
    if name in (ISO, "ISO8601", "ISO", "YYYY-MM-DD"):
        return DateFormat(ISO)
    tokens = _TOKENS.findall(name)
    kinds = sorted(token[0] for token in tokens if token[0] in "YMD")
    if "".join(tokens) != name or kinds != ["D", "M", "Y"]:
        raise ValueProblem(
            "unknown_format", "Date formats are written as one of: " + ", ".join(KNOWN_FORMATS)
        )
    return DateFormat(name)


def parse_date(text: str, form: DateFormat) -> str:
    """The date as ISO text; raises ValueProblem (`not_a_date`, `no_such_date`, …)."""
    stripped = text.strip()
    match = None if len(stripped) > _LONGEST_TEXT else _pattern(form).fullmatch(stripped)
    if match is None:
        raise ValueProblem(
            "not_a_date",
            f"This does not fit the date format {form.name}: correct it, or choose "
            "the format that the file has.",
        )
    year = _year(match["year"])
    month = _month(match["month"])
    try:
        found = date(year, month, int(match["day"]))
    except ValueError:
        found = None
    if not MIN_YEAR <= year <= MAX_YEAR:
        raise ValueProblem(
            "date_out_of_range", f"The year must lie between {MIN_YEAR} and {MAX_YEAR}."
        )
    if found is None:
        raise ValueProblem("no_such_date", "The calendar has no such day: check day and month.")
    return found.isoformat()


def format_date(iso_text: str, form: DateFormat) -> str:
    """An ISO date written in `form`, with leading zeros where the token is doubled."""
    day = date.fromisoformat(iso_text)
    return "".join(_write(token, day) for token in form.tokens)


def guess_date_formats(samples: Iterable[str]) -> list[DateFormat]:
    """All known formats that fit every sample that is not blank; more than one means ambiguous.

    An empty answer means that no known format fits (or that all samples are blank).
    """
    texts = [text for text in samples if text.strip()]
    if not texts:
        return []
    forms = [parse_date_format(name) for name in KNOWN_FORMATS]
    return [form for form in forms if all(_fits(text, form) for text in texts)]


def _fits(text: str, form: DateFormat) -> bool:
    try:
        parse_date(text, form)
    except ValueProblem:
        return False
    return True


def _write(token: str, day: date) -> str:
    month = MONTHS[day.month - 1]
    written = {
        "YYYY": f"{day.year:04}",
        "YY": f"{day.year % 100:02}",
        "MMMM": month,
        "MMM": month[:3],
        "MM": f"{day.month:02}",
        "M": str(day.month),
        "DD": f"{day.day:02}",
        "D": str(day.day),
    }
    return written.get(token, token)


def _year(text: str) -> int:
    year = int(text)
    if len(text) == 4:
        return year
    return year + (1900 if year >= 69 else 2000)


def _month(text: str) -> int:
    if text.isdecimal():
        return int(text)
    return next(
        number for number, name in enumerate(MONTHS, 1) if name[:3].lower() == text[:3].lower()
    )


@cache
def _pattern(form: DateFormat) -> re.Pattern[str]:
    tokens = form.tokens
    strict = form.name == ISO or len(tokens) == 3
    digits = "[0-9]{2}" if strict else "[0-9]{1,2}"
    short = "|".join(name[:3] for name in MONTHS) + "|Sept"
    sources = {
        "YYYY": "(?P<year>[0-9]{4})",
        "YY": "(?P<year>[0-9]{2})",
        "MMMM": f"(?P<month>{'|'.join(MONTHS)})",
        "MMM": f"(?P<month>{short})",
        "MM": f"(?P<month>{digits})",
        "M": f"(?P<month>{digits})",
        "DD": f"(?P<day>{digits})",
        "D": f"(?P<day>{digits})",
    }
    body = "".join(sources.get(token, re.escape(token)) for token in tokens)
    time = _ISO_TIME if form.name == ISO else "" if strict else _MIDNIGHT
    return re.compile(body + time, re.IGNORECASE | re.ASCII)
