"""Rows of accounts files, good ones and bad ones of known kinds. The generator writes them."""

from typing import NamedTuple

from samples.randomness import happens, mix

HEADER = (
    "AccountNumber",
    "AccountName",
    "Balance",
    "Currency",
    "Status",
    "Agent",
    "DueDate",
    "Debtor",
)
FAULTS = ("not_a_number", "impossible_date", "missing_name", "unknown_status", "excess_digits")

_FIRST = (
    "Harbor",
    "Maple",
    "Summit",
    "Lakeside",
    "Granite",
    "Orchard",
    "Beacon",
    "Prairie",
    "Copper",
    "Riverbend",
    "Cedar",
    "Northfield",
    "Juniper",
    "Stonebridge",
    "Willow",
    "Fairview",
)
_SECOND = (
    "Plumbing",
    "Dental Care",
    "Freight",
    "Bakery",
    "Auto Repair",
    "Roofing",
    "Pharmacy",
    "Logistics",
    "Fitness",
    "Electric",
    "Catering",
    "Interiors",
    "Veterinary",
    "Printing",
    "Foods",
    "Landscaping",
)
_STATUSES = ("Active", "Active", "Active", "Active", "Overdue", "Overdue", "On Hold", "Escalated")
_AGENTS = tuple(f"agent{number}@example.com" for number in range(1, 33))
_DATES = tuple(
    f"{year}-{month:02}-{day:02}"
    for year in (2024, 2025, 2026)
    for month in range(1, 13)
    for day in range(1, 29)
)


class GeneratedRow(NamedTuple):
    """The cells of a row in header order; `fault` names what is wrong with it, None when good."""

    cells: tuple[str, ...]
    fault: str | None


def account_number(row: int) -> str:
    return f"AC-{row:07}"


def is_bad_account(row: int, *, seed: int, bad_share: float) -> bool:
    return happens(mix(seed, row), bad_share)


def make_account(row: int, *, seed: int, bad_share: float) -> GeneratedRow:
    """Row `row` (from 1) of the accounts file of this seed."""
    bits = mix(seed, row)
    cents = 2_000 + (bits >> 8) % 997_999
    cells = (
        f"AC-{row:07}",
        f"{_FIRST[bits & 15]} {_SECOND[(bits >> 4) & 15]} {row}",
        f"{cents // 100}.{cents % 100:02}",
        "USD",
        _STATUSES[(bits >> 28) & 7],
        _AGENTS[(bits >> 31) & 31],
        _DATES[(bits >> 36) % 1008],
        f"D-{row:07}",
    )
    if happens(bits, bad_share):
        return _spoil(cells, FAULTS[(bits >> 20) % len(FAULTS)])
    return GeneratedRow(cells, None)


def _spoil(cells: tuple[str, ...], fault: str) -> GeneratedRow:
    number, name, balance, currency, status, agent, due, debtor = cells
    if fault == "not_a_number":
        balance = balance.replace(".", "x")
    elif fault == "impossible_date":
        due = "2025-02-30"
    elif fault == "missing_name":
        name = ""
    elif fault == "unknown_status":
        status = "Perhaps"
    else:
        balance += "5"
    return GeneratedRow((number, name, balance, currency, status, agent, due, debtor), fault)
