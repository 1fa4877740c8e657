"""What a proof says: each check with what was expected and found, and where it breaks first."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Check:
    """`where` names the first row or account at which it does not hold; empty when it holds."""

    name: str
    holds: bool
    expected: str
    found: str
    where: str = ""


@dataclass(slots=True)
class Report:
    """All checks of one import or feed; `remarks` say what could not be looked at, and why.

    `posted` is what is left of its postings, in minor units by currency.
    """

    import_id: str
    state: str
    kind: str = "import"
    rows: int = 0
    posted: dict[str, int] = field(default_factory=dict[str, int])
    checks: list[Check] = field(default_factory=list[Check])
    remarks: list[str] = field(default_factory=list[str])

    @property
    def holds(self) -> bool:
        return bool(self.checks) and all(check.holds for check in self.checks)

    @property
    def verdict(self) -> str:
        broken = [check.name for check in self.checks if not check.holds]
        if not broken:
            return f"All {len(self.checks)} checks hold."
        return f"{len(broken)} of {len(self.checks)} checks are broken: {', '.join(broken)}."

    @property
    def first_break(self) -> str:
        """The first broken check that names a place, in words; empty when all hold."""
        broken = [check for check in self.checks if not check.holds]
        named = [check for check in broken if check.where] or broken
        if not named:
            return ""
        first = named[0]
        return f"{first.name}: {first.where or f'expected {first.expected}, found {first.found}'}"

    def compare(self, name: str, expected: Any, found: Any, where: str = "") -> None:
        """A check that holds when both are equal and nothing is named as broken."""
        holds = expected == found and not where
        self.checks.append(Check(name, holds, str(expected), str(found), where))

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "holds": self.holds, "verdict": self.verdict}


@dataclass(slots=True)
class DayReport:
    """The proofs of one UTC day; `impossible` says by id why there was none."""

    day: str
    reports: list[Report] = field(default_factory=list[Report])
    impossible: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def holds(self) -> bool:
        return not self.impossible and all(report.holds for report in self.reports)

    @property
    def rows(self) -> int:
        return sum(report.rows for report in self.reports)

    @property
    def posted(self) -> dict[str, int]:
        """Over all of the day, in minor units by currency."""
        total = Counter[str]()
        for report in self.reports:
            total.update(report.posted)
        return dict(sorted(total.items()))

    @property
    def verdict(self) -> str:
        looked_at = len(self.reports) + len(self.impossible)
        proven = sum(report.holds for report in self.reports)
        if looked_at == 0:
            return f"Nothing was completed or reverted on {self.day}, and no feed came."
        return f"{proven:,} of {looked_at:,} are proven."

    def as_json(self) -> dict[str, Any]:
        return {
            "day": self.day,
            "holds": self.holds,
            "rows": self.rows,
            "posted": self.posted,
            "reports": [report.as_json() for report in self.reports],
            "impossible": self.impossible,
            "verdict": self.verdict,
        }
