"""A column read at once gives what its parser gives cell by cell, or leaves the cell to it."""

from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import Formats
from contracts.record_type import Kind
from services.values.columns import ODD, compile_column, read_cell
from services.values.decimal_formats import parse_decimal_format
from services.values.kinds import compile_parser
from services.values.problems import ValueProblem

KINDS: tuple[Kind, ...] = (
    "text",
    "notes",
    "reference",
    "money",
    "currency",
    "date",
    "choice",
    "agent",
)
CELL = st.sampled_from(
    ["", " ", "A ", "\tA", "1250.00", "$1,250.00", "-5", "1.250", "12x", "USD", "usd", "yes", "Y"]
) | st.text(max_size=12)


@given(
    kind=st.sampled_from(KINDS),
    cells=st.lists(CELL, max_size=8),
    decimal=st.sampled_from(["1,234.56", "1.234,56", "1234.56"]),
)
def test_a_text_or_a_blank_of_a_column_is_what_the_parser_says(
    kind: Kind, cells: list[str], decimal: str
) -> None:
    parser = compile_parser(
        kind, choices=[("yes", ("y",))], formats=Formats(decimal=decimal), max_length=10
    )
    reader = compile_column(kind, parser, max_length=10, decimal=parse_decimal_format(decimal))
    read = reader(cells)
    assert len(read) == len(cells)
    for cell, value in zip(cells, read, strict=True):
        if value is not ODD:
            assert parser(cell) == value


def test_refused_and_remarkable_cells_are_odd_and_plain_ones_are_not() -> None:
    parser = compile_parser("money")
    read = compile_column("money", parser, max_length=100, decimal=parse_decimal_format("1,234.56"))
    assert list(read(["1250.00", "12x", "1.250", "", "$1,250.00"])) == [
        "1250.00",
        ODD,
        ODD,
        None,
        "1250.00",
    ]


def test_a_parser_that_refuses_a_cell_makes_it_odd() -> None:
    def refuse(_: str) -> str:
        raise ValueProblem("no", "No.")

    assert read_cell(refuse, "x") is ODD
