"""Rows of transactions files that pay the accounts of `account_rows` with the same seed."""

from samples.account_rows import GeneratedRow, account_number, is_bad_account
from samples.randomness import happens, mix

HEADER = (
    "TransactionReference",
    "AccountNumber",
    "Type",
    "Amount",
    "Currency",
    "TransactionDate",
    "PaymentMethod",
    "Agent",
    "Notes",
    "ReversesReference",
)
FAULTS = ("zero_amount", "missing_date", "unknown_type", "not_a_number", "missing_account")

_SEED_OFFSET = 1_000_003
_REVERSAL_EVERY = 50
_TYPES = ("payment",) * 6 + ("fee", "adjustment")
_METHODS = ("card", "transfer", "check", "cash")
_NOTES = ("", "", "Instalment", "Paid by phone", "Agreed plan")


def make_transaction(row: int, *, seed: int, bad_share: float, accounts: int) -> GeneratedRow:
    """Row `row` (from 1); it belongs to one of the first `accounts` good accounts."""
    if row % _REVERSAL_EVERY == 0:
        reversed_row = _make_plain(row - 1, seed=seed, bad_share=bad_share, accounts=accounts)
        if reversed_row.fault is None and reversed_row.cells[2] == "payment":
            return _reverse(row, reversed_row.cells)
    return _make_plain(row, seed=seed, bad_share=bad_share, accounts=accounts)


def _make_plain(row: int, *, seed: int, bad_share: float, accounts: int) -> GeneratedRow:
    bits = mix(seed + _SEED_OFFSET, row)
    account = (bits >> 6) % accounts + 1
    while is_bad_account(account, seed=seed, bad_share=bad_share):
        account = account % accounts + 1
    cents = 500 + (bits >> 9) % 45_000
    cells = (
        f"TX-{row:08}",
        account_number(account),
        _TYPES[bits & 7],
        f"{cents // 100}.{cents % 100:02}",
        "USD",
        f"2026-{(bits >> 20) % 11 + 1:02}-{(bits >> 24) % 28 + 1:02}",
        _METHODS[(bits >> 3) & 3],
        f"agent{(bits >> 31) % 32 + 1}@example.com",
        _NOTES[(bits >> 36) % 5],
        "",
    )
    if happens(bits, bad_share):
        return _spoil(cells, FAULTS[(bits >> 28) % len(FAULTS)])
    return GeneratedRow(cells, None)


def _reverse(row: int, original: tuple[str, ...]) -> GeneratedRow:
    reference, account, _, amount, currency, day, method, agent, _, _ = original
    return GeneratedRow(
        (
            f"TX-{row:08}",
            account,
            "payment_reversal",
            amount,
            currency,
            day,
            method,
            agent,
            "Returned by the bank",
            reference,
        ),
        None,
    )


def _spoil(cells: tuple[str, ...], fault: str) -> GeneratedRow:
    changed = list(cells)
    if fault == "zero_amount":
        changed[2], changed[3] = "payment", "0.00"
    elif fault == "missing_date":
        changed[5] = ""
    elif fault == "unknown_type":
        changed[2] = "donation"
    elif fault == "not_a_number":
        changed[3] = changed[3].replace(".", "o")
    else:
        changed[1] = ""
    return GeneratedRow(tuple(changed), fault)
