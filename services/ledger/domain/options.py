"""How an import's options become the parameters of a plan, and when a plan may be completed."""

from typing import Any

from contracts.api.imports import ImportOptions
from contracts.record_type import RecordType


def parse_options(config: dict[str, Any]) -> ImportOptions:
    """The options of a stored configuration; raises pydantic's ValidationError."""
    known = {name: value for name, value in config.items() if name in ImportOptions.model_fields}
    return ImportOptions.model_validate(known)


def plan_parameters(options: ImportOptions, record_type: RecordType) -> dict[str, Any]:
    """The options as plan.sql names them."""
    match_by = options.match_by or list(record_type.match_keys)
    return {
        "mode": options.mode,
        "match_by_number": "AccountNumber" in match_by,
        "match_by_name": "AccountName" in match_by,
        "duplicates": options.duplicates_in_file,
        "balance_difference": options.balance_difference,
        "unknown_agent": options.unknown_agent,
        "on_error": options.on_error,
    }


FEED_OPTIONS: dict[str, Any] = {"complete": "automatic", "balance_difference": "hold"}
