"""Formula cells: neutralised for spreadsheets, and restored exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.files.formulas import DANGEROUS_FIRST, neutralise_formula, restore_formula


@pytest.mark.parametrize("first", list(DANGEROUS_FIRST))
def test_every_dangerous_first_character_gets_an_apostrophe(first: str) -> None:
    assert neutralise_formula(f"{first}cmd") == f"'{first}cmd"


@pytest.mark.parametrize("text", ["", "abc", "'quoted'", "a=b", " =1", "'"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert neutralise_formula(text) == text
    assert restore_formula(text) == text


@given(st.text(st.sampled_from("'=+-@\t\r\x00\uff1da"), max_size=6))
def test_restoring_is_the_exact_inverse(text: str) -> None:
    safe = neutralise_formula(text)
    assert restore_formula(safe) == text
    assert safe[:1] not in tuple(DANGEROUS_FIRST)
