"""What a configuration may say beyond its shape: record types, keys, formats, constants."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from contracts.api.imports import ImportConfig, ImportFormats, ImportOptions
from contracts.envelope import Formats
from contracts.record_type import Field, RecordType
from contracts.records import record_types
from services.ingest.domain.problems import ConfigProblem, ConfigRefused
from services.values.currencies import MINOR_UNITS
from services.values.dates import parse_date_format
from services.values.decimal_formats import parse_decimal_format
from services.values.kinds import compile_parser
from services.values.problems import ValueProblem

READING_OPTIONS: Final = frozenset(
    {"mapping", "constants", "formats", "empty_cells", "first_rows", "table", "trailer"}
)
_INHERITED_OPTIONS: Final = (
    "mode",
    "match_by",
    "duplicates_in_file",
    "on_error",
    "constants",
    "formats",
    "empty_cells",
    "balance_difference",
    "unknown_agent",
)
CUSTOM_FIELD = Field(name="custom", kind="text", description="", max_length=4000)


def find_record_type(name: str) -> RecordType:
    """Raises ConfigRefused, which lists the types that there are."""
    found = record_types().get(name)
    if found is None:
        known = ", ".join(record_types())
        sentence = f"There is no record type of this name; there are: {known}."
        raise ConfigRefused([ConfigProblem("config.record_type", "unknown_record_type", sentence)])
    return found


def check_options(
    options: ImportOptions, record_type: RecordType, *, default_currency: str
) -> list[ConfigProblem]:
    """Everything that is wrong with the options; whether columns exist is checked later."""
    formats = resolve_formats(options.formats, default_currency)
    problems = [
        *_check_match_keys(options, record_type),
        *_check_formats(options.formats),
        *_check_targets(options.mapping or {}, record_type),
        *_check_expected(options),
    ]
    if not any(problem.code == "unknown_format" for problem in problems):
        problems += _check_constants(options.constants, record_type, formats)
    return problems


def resolve_formats(formats: ImportFormats, default_currency: str) -> Formats:
    """The formats with the agency's currency where none is set."""
    return Formats(
        date=formats.date,
        decimal=formats.decimal,
        currency=formats.currency or default_currency,
    )


def overlay_options(config: ImportConfig, changed: ImportOptions) -> ImportConfig:
    """The configuration with what `changed` sets; formats and table are overlaid part by part."""
    said = {name: getattr(changed, name) for name in changed.model_fields_set}
    updates = {name: said[name] for name in said if name in ImportOptions.model_fields}
    for name in ("formats", "table"):
        if name in updates:
            parts = updates[name].model_dump(exclude_unset=True)
            updates[name] = getattr(config, name).model_copy(update=parts)
    return config.model_copy(update=updates)


def changes_reading(old: ImportConfig, new: ImportConfig) -> bool:
    """Whether the file has to be read again, be its mapping as it may."""
    names = READING_OPTIONS - {"mapping"}
    return any(getattr(old, name) != getattr(new, name) for name in names)


def changes_plan(old: ImportConfig, new: ImportConfig) -> bool:
    """Whether the books have to be asked again: options that are not about reading differ."""
    names = set(ImportOptions.model_fields) - READING_OPTIONS
    return any(getattr(old, name) != getattr(new, name) for name in names)


def load_config(stored: Mapping[str, Any]) -> ImportConfig:
    """A configuration as it was stored; what is kept beside the options is left out."""
    known = {name: stored[name] for name in stored if name in ImportConfig.model_fields}
    return ImportConfig.model_validate(known)


def _check_match_keys(options: ImportOptions, record_type: RecordType) -> Iterator[ConfigProblem]:
    known = ", ".join(record_type.match_keys)
    for name in options.match_by or ():
        if name not in record_type.match_keys:
            yield ConfigProblem(
                "config.match_by",
                "unknown_match_key",
                f"{record_type.title} cannot be matched by {name}; choose among: {known}.",
            )
    if options.match_by is not None and not options.match_by:
        sentence = f"Name at least one key to match by: {known}."
        yield ConfigProblem("config.match_by", "no_match_key", sentence)


def _check_formats(formats: ImportFormats) -> Iterator[ConfigProblem]:
    for name, parse in (("date", parse_date_format), ("decimal", parse_decimal_format)):
        try:
            parse(getattr(formats, name))
        except ValueProblem as problem:
            yield ConfigProblem(f"config.formats.{name}", "unknown_format", problem.sentence)
    if formats.currency is not None:
        yield from _check_currency("config.formats.currency", formats.currency)


def _check_currency(location: str, currency: str) -> Iterator[ConfigProblem]:
    if currency not in MINOR_UNITS:
        yield ConfigProblem(location, "unknown_currency", f"No currency has the code {currency}.")


def _check_targets(
    mapping: Mapping[str, str | None], record_type: RecordType
) -> Iterator[ConfigProblem]:
    seen = dict[str, str]()
    for column, field in mapping.items():
        location = f"config.mapping.{column}"
        if field is None:
            continue
        if not record_type.accepts(field):
            yield unknown_field(location, field, record_type)
        elif field in seen:
            sentence = (
                f"{field} is filled from two columns, {seen[field]} and {column}: choose one."
            )
            yield ConfigProblem(location, "field_mapped_twice", sentence)
        else:
            seen[field] = column


def unknown_field(location: str, name: str, record_type: RecordType) -> ConfigProblem:
    known = ", ".join(record_type.field_names)
    custom = ", and CustomParameter followed by a name" if record_type.custom_fields else ""
    sentence = f"{record_type.title} have no field {name}; there are: {known}{custom}."
    return ConfigProblem(location, "unknown_field", sentence)


def _check_expected(options: ImportOptions) -> Iterator[ConfigProblem]:
    for currency in options.expected.amounts if options.expected else ():
        yield from _check_currency(f"config.expected.amounts.{currency}", currency)
    if options.trailer is not None and options.trailer.currency is not None:
        yield from _check_currency("config.trailer.currency", options.trailer.currency)


def refuse_trailer(config: ImportConfig, shape: Mapping[str, Any]) -> None:
    """Raises ConfigRefused where a trailer row is asked of a file that has none by its nature."""
    if config.trailer is not None and shape["format"] != "csv":
        sentence = "Only a CSV file has a trailer row; say `expected` instead."
        raise ConfigRefused([ConfigProblem("config.trailer", "no_trailer_in_json", sentence)])


def _check_constants(
    constants: Mapping[str, str], record_type: RecordType, formats: Formats
) -> Iterator[ConfigProblem]:
    for name, text in constants.items():
        location = f"config.constants.{name}"
        if not record_type.accepts(name):
            yield unknown_field(location, name, record_type)
            continue
        field = record_type.find(name) or CUSTOM_FIELD
        parse = compile_parser(
            field.kind,
            choices=field.choices,
            formats=formats,
            max_length=field.max_length,
            sign=field.sign,
        )
        try:
            parse(text)
        except ValueProblem as problem:
            yield ConfigProblem(location, problem.code, problem.sentence)


def inherit_options(config: ImportConfig, corrected: ImportConfig, import_id: UUID) -> ImportConfig:
    """The configuration of a correction: what it does not say is as in the import it corrects."""
    said = config.model_fields_set
    inherited = {name: getattr(corrected, name) for name in _INHERITED_OPTIONS if name not in said}
    if config.corrects is None:
        inherited["corrects"] = import_id
    return config.model_copy(update=inherited)
