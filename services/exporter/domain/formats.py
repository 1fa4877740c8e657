"""The formats of an export, from the names that people give them to what the database knows."""

from services.chassis.selecting import TextFormats
from services.values.dates import ISO, DateFormat, parse_date_format
from services.values.decimal_formats import parse_decimal_format

_TEMPLATES = {
    "YYYY": "YYYY",
    "YY": "YY",
    "MMMM": "FMMonth",
    "MMM": "Mon",
    "MM": "MM",
    "M": "FMMM",
    "DD": "DD",
    "D": "FMDD",
}


def resolve_formats(decimal: str, date: str) -> TextFormats:
    """Raises ValueProblem for a format that is not known."""
    number, day = parse_decimal_format(decimal), parse_date_format(date)
    return TextFormats(
        date=None if day.name == ISO else _template(day),
        decimal_mark=number.decimal,
        group=number.group,
        indian=number.indian,
    )


def _template(form: DateFormat) -> str:
    """PostgreSQL's template of `to_char`; what stands between is quoted, so it is itself."""
    return "".join(_TEMPLATES.get(token) or f'"{token}"' for token in form.tokens)
