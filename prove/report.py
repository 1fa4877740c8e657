"""What a proof says: each check with what was expected and found, and where it breaks first."""

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
    """All checks of one import; `remarks` say what could not be looked at, and why."""

    import_id: str
    state: str
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

    def compare(self, name: str, expected: Any, found: Any, where: str = "") -> None:
        """A check that holds when both are equal and nothing is named as broken."""
        holds = expected == found and not where
        self.checks.append(Check(name, holds, str(expected), str(found), where))

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "holds": self.holds, "verdict": self.verdict}
