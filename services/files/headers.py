"""Which field a column probably is: by name, alias, then likeness; and how sure that is."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

from rapidfuzz import fuzz

from services.values.dates import guess_date_formats
from services.values.decimal_formats import KNOWN_FORMATS, parse_decimal_format
from services.values.money import parse_money
from services.values.problems import ValueProblem
from services.values.text import is_blank, normalise_header

ACCEPTED_CONFIDENCE: Final = 0.9
SHOWN_CONFIDENCE: Final = 0.7
_LIKENESS_CEILING: Final = 0.95
_TIE: Final = 0.03
_SECOND_BEST: Final = 0.1
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+|#")
_FULL_WORDS: Final = {
    "acc": "account",
    "acct": "account",
    "amt": "amount",
    "bal": "balance",
    "curr": "currency",
    "cust": "customer",
    "dt": "date",
    "nbr": "number",
    "no": "number",
    "num": "number",
    "ref": "reference",
    "trans": "transaction",
    "txn": "transaction",
    "#": "number",
}
_MISFIT_PENALTY: Final = 0.25
Reason = Literal["name", "alias", "similar", "tie", "none"]


class FieldNames(NamedTuple):
    """A field that a column may be mapped to, with the other names that it goes by."""

    name: str
    aliases: Sequence[str] = ()
    kind: str = "text"
    required: bool = False


class Suggestion(NamedTuple):
    """For one column: the likeliest field or None, how sure (0 to 1), and why.

    At `ACCEPTED_CONFIDENCE` and above it may be taken without asking; a tie never reaches that.
    """

    column: str
    field: str | None
    confidence: float
    reason: Reason

    @property
    def accepted(self) -> bool:
        return self.field is not None and self.confidence >= ACCEPTED_CONFIDENCE


class _Candidate(NamedTuple):
    confidence: float
    column: int
    field: int
    reason: Reason


def suggest_mapping(
    headers: Sequence[str],
    fields: Sequence[FieldNames],
    samples: Mapping[str, Sequence[str]] | None = None,
) -> list[Suggestion]:
    """One suggestion per column, in order; each field is suggested at most once.

    `samples` are some cells of a column, by header: they lower the confidence where they cannot be
    of the field's kind. Two columns that fit a field equally well, or two fields a column, are a
    tie: it is shown, and left to a person.
    """
    candidates = _find_candidates(headers, fields, samples or {})
    chosen: dict[int, Suggestion] = {}
    used: set[int] = set()
    for candidate in sorted(candidates, key=lambda item: (-item.confidence, item.column)):
        if candidate.column in chosen or candidate.field in used:
            continue
        rivals = _count_rivals(candidate, candidates, chosen, used)
        used.add(candidate.field)
        chosen[candidate.column] = _suggest(headers, fields, candidate, tied=rivals > 0)
    nothing = [Suggestion(header, None, 0.0, "none") for header in headers]
    return [chosen.get(column, nothing[column]) for column in range(len(headers))]


def _suggest(
    headers: Sequence[str], fields: Sequence[FieldNames], candidate: _Candidate, *, tied: bool
) -> Suggestion:
    ceiling = ACCEPTED_CONFIDENCE - _TIE if tied else 1.0
    return Suggestion(
        headers[candidate.column],
        fields[candidate.field].name,
        round(min(candidate.confidence, ceiling), 2),
        "tie" if tied else candidate.reason,
    )


def _count_rivals(
    candidate: _Candidate,
    candidates: Sequence[_Candidate],
    chosen: Mapping[int, Suggestion],
    used: set[int],
) -> int:
    """Others for the same column or field that are as good, and could still be taken."""
    return sum(
        1
        for other in candidates
        if other is not candidate
        and (other.column == candidate.column) != (other.field == candidate.field)
        and other.column not in chosen
        and other.field not in used
        and other.confidence >= candidate.confidence - _TIE
        and (candidate.reason != "name" or other.reason == "name")
    )


def _find_candidates(
    headers: Sequence[str],
    fields: Sequence[FieldNames],
    samples: Mapping[str, Sequence[str]],
) -> list[_Candidate]:
    candidates: list[_Candidate] = []
    for column, header in enumerate(headers):
        name = normalise_header(header)
        cells = [cell for cell in samples.get(header, ()) if not is_blank(cell)]
        for number, field in enumerate(fields):
            likeness, reason = _compare(name, header, field)
            if likeness and cells and not _fits_kind(cells, field.kind):
                likeness -= _MISFIT_PENALTY
            if likeness >= SHOWN_CONFIDENCE:
                candidates.append(_Candidate(likeness, column, number, reason))
    return _without_second_best(candidates)


def _without_second_best(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """A column whose own field is taken shall not fall to one that it only resembles."""
    best: dict[int, float] = {}
    for candidate in candidates:
        best[candidate.column] = max(best.get(candidate.column, 0.0), candidate.confidence)
    return [item for item in candidates if item.confidence >= best[item.column] - _SECOND_BEST]


def _compare(name: str, header: str, field: FieldNames) -> tuple[float, Reason]:
    if not name:
        return 0.0, "none"
    if name == normalise_header(field.name):
        return 1.0, "name"
    if name in map(normalise_header, field.aliases):
        return 0.98, "alias"
    spelled = _spell_out(header)
    if spelled in map(_spell_out, (field.name, *field.aliases)):
        return 0.95, "alias"
    ratios = [
        max(fuzz.ratio(name, normalise_header(known)), fuzz.token_sort_ratio(header, known))
        for known in (field.name, *field.aliases)
    ]
    return min(max(ratios) / 100, _LIKENESS_CEILING), "similar"


def _spell_out(name: str) -> str:
    """`Acct #` and `AccountNo` are both `accountnumber`."""
    words: list[str] = _WORDS.findall(name)
    return "".join(_FULL_WORDS.get(word.lower(), word.lower()) for word in words)


def _fits_kind(cells: Sequence[str], kind: str) -> bool:
    """Whether most sample cells can be of the kind; kinds of free text take anything."""
    if kind == "money":
        return _share_of_amounts(cells) > 0.5
    if kind == "date":
        return bool(guess_date_formats(cells[:1])) or bool(guess_date_formats(cells[-1:]))
    if kind == "currency":
        return all(len(cell.strip()) == 3 and cell.strip().isalpha() for cell in cells)
    return True


def _share_of_amounts(cells: Sequence[str]) -> float:
    return sum(map(_is_amount, cells)) / len(cells)


def _is_amount(cell: str) -> bool:
    for pattern in KNOWN_FORMATS:
        try:
            parse_money(cell, parse_decimal_format(pattern))
        except ValueProblem:
            continue
        return True
    return False
