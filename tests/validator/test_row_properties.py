"""What holds for any cells: no row is lost, and the quick way judges as the careful one does."""

import uuid
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import Formats, Reading
from contracts.records import record_types
from services.validator.domain.examining import examine
from services.validator.domain.layouts import lay_out
from services.validator.domain.rows import compile_judge
from services.validator.domain.writing import write_verdict

LIKELY = st.sampled_from(
    [
        *(
            "",
            " ",
            "ABC",
            "1250.00",
            "$1,250.00",
            "-5",
            "(7.50)",
            "0",
            "0.00",
            "1.250",
            "€5",
            "US$ 3",
        ),
        *("USD", "eur", "ZZZ", "Active", "past due", "payment", "adj", "nsf", "a@example.com"),
        *(
            "2024-01-15",
            "2024-02-30",
            "15.01.2024",
            "A\tB",
            "A\x00",
            "e\u0301",
            "1.2E+10",
            "+1-555",
        ),
    ]
)
CELL = LIKELY | st.text(max_size=30)
FORMATS = st.builds(
    Formats,
    date=st.sampled_from(["ISO 8601", "DD.MM.YYYY", "MM/DD/YYYY"]),
    decimal=st.sampled_from(["1,234.56", "1.234,56", "1234.56", "1 234,56"]),
    currency=st.sampled_from(["USD", "EUR", "JPY"]),
)


@st.composite
def blocks(draw: st.DrawFn) -> tuple[Reading, list[list[Any]]]:
    """A reading of some fields, and a few rows under it."""
    record_type = record_types()[draw(st.sampled_from(sorted(record_types())))]
    names = list(record_type.field_names) + (
        ["CustomParameter1", "CustomParameterX"] if record_type.custom_fields else []
    )
    fields = tuple(draw(st.lists(st.sampled_from(names), min_size=1, unique=True)))
    reading = Reading(
        import_id=uuid.UUID(int=1),
        revision=1,
        record_type=record_type.name,
        fields=fields,
        formats=draw(FORMATS),
        clear=tuple(draw(st.lists(st.sampled_from(fields), unique=True))),
    )
    cells = st.lists(CELL, min_size=len(fields), max_size=len(fields))
    rows = draw(st.lists(cells, max_size=6))
    return reading, [[number, 1, row] for number, row in enumerate(rows, 1)]


def judge_with_care(reading: Reading, row: list[Any]) -> bytes:
    declared = record_types()[reading.record_type]
    layout = lay_out(declared, reading.fields, formats=reading.formats, clear=reading.clear)
    return write_verdict(row[0], row[1], examine(layout, row[2]), row[2])


@given(blocks())
def test_a_block_has_the_verdicts_that_each_row_has_on_its_own(
    block: tuple[Reading, list[list[Any]]],
) -> None:
    reading, rows = block
    assert compile_judge(reading).judge(rows) == [judge_with_care(reading, row) for row in rows]


@given(blocks())
def test_accepted_values_read_again_are_the_same(block: tuple[Reading, list[list[Any]]]) -> None:
    reading, rows = block
    record_type = record_types()[reading.record_type]
    for verdict in map(orjson.loads, compile_judge(reading).judge(rows)):
        if verdict[0] == "rejected":
            continue
        custom = verdict[4] or {}
        again = Reading(
            import_id=reading.import_id,
            revision=1,
            record_type=record_type.name,
            fields=(*record_type.field_names, *custom),
            formats=Formats(currency=reading.formats.currency),
            clear=(*record_type.field_names, *custom),
        )
        values = [value or "" for value in verdict[3]]
        (repeated,) = compile_judge(again).judge([[1, 1, [*values, *custom.values()]]])
        decoded = orjson.loads(repeated)
        assert decoded[0] == "accepted", decoded
        assert [value or "" for value in decoded[3]] == values
        assert (decoded[4] or {}) == custom


@given(blocks())
def test_a_row_is_rejected_exactly_when_it_has_a_violation(
    block: tuple[Reading, list[list[Any]]],
) -> None:
    reading, rows = block
    width = len(record_types()[reading.record_type].fields)
    for row, verdict in zip(
        rows, map(orjson.loads, compile_judge(reading).judge(rows)), strict=True
    ):
        assert len(verdict[3]) == width
        assert verdict[1:3] == row[:2]
        assert len(verdict) == (8 if verdict[0] == "rejected" else 6)
        if verdict[0] == "rejected":
            assert verdict[6]
