"""The record types, one folder each: a folder added here is known to every service at its next
start.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from contracts.record_type import RecordType


@cache
def record_types() -> dict[str, RecordType]:
    """Every record type by its name."""
    names = sorted(module.name for module in iter_modules(__path__) if module.ispkg)
    types: dict[str, RecordType] = {}
    for name in names:
        declared: RecordType = import_module(f"{__name__}.{name}").RECORD_TYPE
        types[declared.name] = declared
    return types
