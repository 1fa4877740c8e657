"""Which column fills which field: what is asked for, what is missing, how cells are laid out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from contracts.envelope import CORRECTED_ROW
from contracts.record_type import Field, RecordType, RequiredOneOf
from services.ingest.domain.configuration import unknown_field
from services.ingest.domain.problems import ConfigProblem, ConfigRefused, refuse_if_any
from services.values.text import normalise_header

Targets = tuple[tuple[str, str | None], ...]
Pick = Callable[[Sequence[str]], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class RowLayout:
    """How a row's cells become a message's: fields in their order, and where each comes from."""

    fields: tuple[str, ...]
    indexes: tuple[int, ...]
    constants: tuple[str, ...]
    money_columns: tuple[int, ...]

    @property
    def pick(self) -> Pick:
        """Takes the mapped cells of a row, in the order of the fields, constants last."""
        getter, constants = _compile_getter(self.indexes), self.constants
        return getter if not constants else lambda cells: getter(cells) + constants


def _compile_getter(indexes: Sequence[int]) -> Pick:
    if not indexes:
        return lambda cells: ()
    if len(indexes) == 1:
        only = indexes[0]
        return lambda cells: (cells[only],)
    getter: Any = itemgetter(*indexes)
    return getter


def choose_targets(
    columns: Sequence[str],
    asked: Mapping[str, str | None] | None,
    *,
    suggested: Mapping[str, str | None],
    constants: Mapping[str, str],
) -> Targets:
    """The mapping of a file: as asked for, or as suggested where nothing was asked for.

    A constant takes the place of a suggested column. Raises ConfigRefused for columns that the
    file does not have, and for a field that has a column and a constant.
    """
    if asked is None:
        return tuple(
            (column, None if suggested.get(column) in constants else suggested.get(column))
            for column in columns
        )
    found = find_columns(columns, asked)
    refuse_if_any(
        [
            constant_and_column(field, column)
            for column, field in found.items()
            if field is not None and field in constants
        ]
    )
    return tuple((column, found.get(column)) for column in columns)


def change_targets(targets: Targets, asked: Mapping[str, str | None]) -> dict[str, str | None]:
    """The mapping with what is asked for set; a field leaves a column that is not named."""
    found = find_columns([column for column, _ in targets], asked)
    taken = {field for field in found.values() if field is not None}
    kept = {
        column: None if field in taken else field
        for column, field in targets
        if column not in found
    }
    return {column: found[column] if column in found else kept[column] for column, _ in targets}


def find_columns(columns: Sequence[str], asked: Mapping[str, str | None]) -> dict[str, str | None]:
    """Asked-for columns by the file's own names: exact, or loosely where that is unambiguous."""
    loose = dict[str, list[str]]()
    for column in columns:
        loose.setdefault(normalise_header(column), []).append(column)
    found = dict[str, str | None]()
    problems: list[ConfigProblem] = []
    for name, field in asked.items():
        likely = [name] if name in columns else loose.get(normalise_header(name), [])
        if len(likely) == 1:
            found[likely[0]] = field
        elif field is not None:
            problems.append(_unknown_column(name, columns))
    refuse_if_any(problems)
    return found


def _unknown_column(name: str, columns: Sequence[str]) -> ConfigProblem:
    sentence = f"The file has no column {name}; it has: {', '.join(columns[:50])}."
    return ConfigProblem(f"config.mapping.{name}", "unknown_column", sentence)


def find_missing(
    record_type: RecordType, targets: Targets, constants: Mapping[str, str]
) -> list[str]:
    """Required fields without column or constant; of a group of which one is needed, the first."""
    filled = {field for _, field in targets if field is not None} | set(constants)
    missing = [
        field.name for field in record_type.fields if field.required and field.name not in filled
    ]
    missing += [
        check.fields[0]
        for check in record_type.checks
        if isinstance(check, RequiredOneOf)
        and check.when_field is None
        and filled.isdisjoint(check.fields)
    ]
    return missing


def lay_out(
    record_type: RecordType,
    targets: Targets,
    constants: Mapping[str, str],
    *,
    corrects: bool = False,
) -> RowLayout:
    """Fields in the order of their columns, constants last.

    Of a file that `corrects` another import's rows, the column that names them goes along.
    """
    fields = [
        CORRECTED_ROW if corrects and column == CORRECTED_ROW else field
        for column, field in targets
    ]
    mapped = [(index, field) for index, field in enumerate(fields) if field is not None]
    money = tuple(index for index, field in mapped if _kind(record_type, field) == "money")
    return RowLayout(
        fields=(*(field for _, field in mapped), *constants),
        indexes=tuple(index for index, _ in mapped),
        constants=tuple(constants.values()),
        money_columns=money,
    )


def find_cleared(
    record_type: RecordType,
    targets: Targets,
    empty_cells: str | Mapping[str, str],
) -> tuple[str, ...]:
    """The fields that an empty cell clears; raises ConfigRefused for names that are neither."""
    mapped = {column: field for column, field in targets if field is not None}
    if isinstance(empty_cells, str):
        return tuple(mapped.values()) if empty_cells == "clear" else ()
    problems: list[ConfigProblem] = []
    cleared: list[str] = []
    for name, choice in empty_cells.items():
        field = mapped.get(name, name)
        if not record_type.accepts(field):
            problems.append(unknown_field(f"config.empty_cells.{name}", name, record_type))
        elif choice == "clear" and field in mapped.values():
            cleared.append(field)
    if problems:
        raise ConfigRefused(problems)
    return tuple(cleared)


def _kind(record_type: RecordType, name: str) -> str:
    field: Field | None = record_type.find(name)
    return "text" if field is None else field.kind


def settle_targets(
    base: Targets, asked: Mapping[str, str | None], constants: Mapping[str, str]
) -> Targets:
    """The mapping with what is asked for set, and without columns whose field is a constant.

    Raises ConfigRefused for a column that is asked for although its field is a constant.
    """
    changed = change_targets(base, asked)
    named = find_columns([column for column, _ in base], asked)
    refuse_if_any(
        [
            constant_and_column(field, column)
            for column, field in named.items()
            if field is not None and field in constants
        ]
    )
    return tuple(
        (column, None if field in constants else field) for column, field in changed.items()
    )


def constant_and_column(field: str, column: str) -> ConfigProblem:
    sentence = f"{field} has a constant and the column {column}: choose one."
    return ConfigProblem(f"config.constants.{field}", "field_mapped_twice", sentence)
