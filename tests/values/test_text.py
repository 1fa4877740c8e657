"""Text: what cleaning changes and what it leaves exactly as it was."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.values.problems import ValueProblem
from services.values.text import check_length, clean_text, is_blank, normalise_header


def test_text_is_trimmed_and_composed_and_otherwise_kept() -> None:
    assert clean_text(" \u00a0Jose\u0301  N\u00fa\u00f1ez\t").text == "Jos\u00e9  N\u00fa\u00f1ez"
    assert clean_text("\ufeffName").text == "Name"


def test_inner_control_characters_become_one_space_and_are_told() -> None:
    assert clean_text("a\x07\x08b") == ("a b", True)
    assert clean_text("a\r\nb") == ("a b", True)
    assert clean_text("a b") == ("a b", False)


def test_notes_keep_their_lines_and_tabs() -> None:
    assert clean_text("one\r\ntwo\rthree\tfour\x07", keep_lines=True).text == (
        "one\ntwo\nthree\tfour"
    )


@pytest.mark.parametrize(
    ("text", "code"), [("a\x00b", "null_character"), ("a\ud800", "broken_character")]
)
def test_what_no_database_can_hold_is_refused(text: str, code: str) -> None:
    with pytest.raises(ValueProblem) as caught:
        clean_text(text)
    assert caught.value.code == code


def test_the_length_limit_counts_characters() -> None:
    check_length("\u00e9" * 10, 10)
    with pytest.raises(ValueProblem) as caught:
        check_length("x" * 11, 10)
    assert caught.value.code == "too_long"


@pytest.mark.parametrize("text", ["", " ", "\u00a0\u2003", "\ufeff", "\u200b "])
def test_white_space_of_every_kind_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Acct Name", "acctname"),
        ("acct_name", "acctname"),
        (" ACCT-NAME ", "acctname"),
        ("N\u00famero", "numero"),
        ("Stra\u00dfe", "strasse"),
        ("#", ""),
    ],
)
def test_headers_are_compared_loosely(name: str, expected: str) -> None:
    assert normalise_header(name) == expected


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    try:
        once = clean_text(text).text
    except ValueProblem:
        return
    assert clean_text(once) == (once, False)
    assert unicodedata.is_normalized("NFC", once)


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=30))
def test_visible_text_is_kept_exactly_in_its_composed_form(text: str) -> None:
    assert clean_text(text).text == unicodedata.normalize("NFC", text)
