"""A seeded accounts file, and what an independent reader expects of it."""

import csv
import io
import random
from dataclasses import dataclass, replace
from decimal import Decimal

COLUMNS = ("AccountNumber", "AccountName", "Balance", "Status", "Agent", "DueDate")
STATUSES = ("Active", "Paid", "Overdue")
BAD_BALANCES = ("12x", "", "1.250,00", "NaN")


@dataclass(frozen=True)
class SeededFile:
    """`good` maps each account number to its cells; `bad` counts rows that must be rejected."""

    seed: int
    content: bytes
    rows: int
    good: dict[str, dict[str, str]]
    bad: int

    @property
    def total_minor(self) -> int:
        return sum(int(Decimal(cells["Balance"]) * 100) for cells in self.good.values())

    def less(self, paid_minor: int) -> "SeededFile":
        """As the books have it after so much was paid to each account."""
        paid = Decimal(paid_minor).scaleb(-2)
        good = {
            number: cells | {"Balance": f"{Decimal(cells['Balance']) - paid:.2f}"}
            for number, cells in self.good.items()
        }
        return replace(self, good=good)


def make_file(seed: int, *, rows: int) -> SeededFile:
    """Numbers carry the seed, so that the files of several seeds never meet."""
    chance = random.Random(f"file-{seed}")
    good: dict[str, dict[str, str]] = {}
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for number in range(1, rows + 1):
        cells = _cells(chance, f"S{seed}-{number:06d}")
        if chance.random() < 0.05:
            writer.writerow(cells | {"Balance": chance.choice(BAD_BALANCES)})
            continue
        good[cells["AccountNumber"]] = cells
        writer.writerow(cells)
    return SeededFile(seed, text.getvalue().encode(), rows, good, rows - len(good))


def _cells(chance: random.Random, number: str) -> dict[str, str]:
    return {
        "AccountNumber": number,
        "AccountName": f"Debtor of {number}",
        "Balance": f"{chance.randint(0, 5_000_000) / 100:.2f}",
        "Status": chance.choice(STATUSES),
        "Agent": f"agent{chance.randint(1, 9)}@example.com",
        "DueDate": f"2026-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
    }
