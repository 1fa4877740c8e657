"""`python -m samples.small_files`: prints the committed small files anew, oddities included.

The large files are the generator's; these are for reading, for the demo and for first steps.
"""

import csv
import io
import json
from pathlib import Path

from samples.account_rows import make_account
from samples.randomness import choose, mix

FOLDER = Path(__file__).parent
SEED = 2026
ACCOUNTS = 200
PAYMENTS = 120
RECORDS = 40
FIRST_ACCOUNT = 1001
FIRST_PAYMENT = 9001

ACCOUNT_HEADER = (
    "AccountNumber",
    "AccountName",
    "Balance",
    "Currency",
    "Status",
    "Agent",
    "DueDate",
    "Debtor",
    "CustomParameter1",
    "CustomParameter2",
)
PAYMENT_HEADER = (
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
_CURRENCIES = ("USD",) * 8 + ("EUR", "JPY")
_SEGMENTS = ("Retail", "Medical", "Utilities", "Telecom", "Student")
_REGIONS = ("East", "West", "North", "South")
_SUFFIXES = ("", "", " & Sons", ", Inc.", " LLC", " Café")
_TYPES = ("payment",) * 7 + ("fee", "adjustment")
_METHODS = ("card", "transfer", "check", "cash")

# What stands in the source of row 57: the guide's own template row, with its unquoted amount.
_GUIDE_ROW = 57
_GUIDE_LINE = (
    'AC-1057,"ABC Corporation",$1,250.00,USD,Active,agent1@example.com,2024-01-15,'
    "D-2057,Value1,Value2"
)
_ACCOUNT_FAULTS: dict[int, dict[str, str]] = {
    12: {"Balance": "12x4.50"},
    31: {"AccountName": ""},
    48: {"DueDate": "2026-02-30"},
    73: {"Status": "Perhaps"},
    96: {"Balance": "100.505", "Currency": "USD"},
    118: {"Balance": "1.250,00"},
    141: {"Currency": "DOLLAR"},
    164: {"Balance": ""},
    187: {"DueDate": "01/02/2026"},
}
# Row 180 repeats the number of row 20; the last one wins, row 20 is skipped.
_REPEATED_ROW, _REPEATED_OF = 180, 20
_PAYMENT_FAULTS: dict[int, dict[str, str]] = {
    17: {"Amount": "0.00", "Type": "payment"},
    44: {"TransactionDate": ""},
    71: {"Type": "donation"},
    92: {"AccountNumber": ""},
}
_REVERSAL_ROW, _REVERSED_ROW = 62, 61
_UNKNOWN_ACCOUNT_ROW = 105


def make_accounts() -> list[dict[str, str]]:
    """The rows of accounts.csv as cells by column, before row 57 is replaced."""
    rows = [_make_account(row) for row in range(1, ACCOUNTS + 1)]
    rows[_REPEATED_ROW - 1]["AccountNumber"] = rows[_REPEATED_OF - 1]["AccountNumber"]
    for row, fault in _ACCOUNT_FAULTS.items():
        rows[row - 1].update(fault)
    return rows


def make_payments() -> list[dict[str, str]]:
    """The rows of transactions.csv: payments of those accounts, in their currencies."""
    accounts = make_accounts()
    unusable = {*_ACCOUNT_FAULTS, _GUIDE_ROW, _REPEATED_ROW, _REPEATED_OF}
    payable = [item for row, item in enumerate(accounts, 1) if row not in unusable]
    rows = [_make_payment(row, payable) for row in range(1, PAYMENTS + 1)]
    original = rows[_REVERSED_ROW - 1]
    original["Type"] = "payment"
    rows[_REVERSAL_ROW - 1] = {
        **original,
        "TransactionReference": rows[_REVERSAL_ROW - 1]["TransactionReference"],
        "Type": "payment_reversal",
        "Notes": "Returned by the bank",
        "ReversesReference": original["TransactionReference"],
    }
    rows[_UNKNOWN_ACCOUNT_ROW - 1].update({"AccountNumber": "AC-9999", "Currency": ""})
    for row, fault in _PAYMENT_FAULTS.items():
        rows[row - 1].update(fault)
    return rows


def make_records() -> list[dict[str, str]]:
    """The lines of accounts.ndjson: other accounts, for a JSON import or for the topic."""
    rows = [_make_account(1000 + row) for row in range(1, RECORDS + 1)]
    return [{name: cell for name, cell in row.items() if cell} for row in rows]


def print_accounts() -> str:
    lines = _print_csv(ACCOUNT_HEADER, make_accounts()).split("\n")
    lines[_GUIDE_ROW] = _GUIDE_LINE
    return "\n".join(lines)


def print_payments() -> str:
    return _print_csv(PAYMENT_HEADER, make_payments())


def print_records() -> str:
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in make_records())


FILES = {
    "accounts.csv": print_accounts,
    "transactions.csv": print_payments,
    "accounts.ndjson": print_records,
}


def _make_account(row: int) -> dict[str, str]:
    bits = mix(SEED, row)
    plain = make_account(row, seed=SEED, bad_share=0).cells
    currency = choose(_CURRENCIES, bits >> 44)
    cents = 2_000 + (bits >> 9) % 1_997_999
    name = plain[1].rsplit(" ", 1)[0] + choose(_SUFFIXES, bits >> 50)
    return {
        "AccountNumber": f"AC-{FIRST_ACCOUNT + row - 1}",
        "AccountName": name,
        "Balance": _write_balance(cents, currency),
        "Currency": currency,
        "Status": plain[4],
        "Agent": plain[5] if row % 9 else "",
        "DueDate": plain[6] if row % 7 else "",
        "Debtor": f"D-{FIRST_ACCOUNT + 1000 + row - 1}",
        "CustomParameter1": choose(_SEGMENTS, bits >> 16),
        "CustomParameter2": choose(_REGIONS, bits >> 18) if row % 5 else "",
    }


def _write_balance(cents: int, currency: str) -> str:
    if currency == "JPY":
        return f"{cents:,}"
    major = f"{cents // 100:,}.{cents % 100:02}"
    return f"${major}" if currency == "USD" else major


def _make_payment(row: int, accounts: list[dict[str, str]]) -> dict[str, str]:
    bits = mix(SEED + 1, row)
    account = choose(accounts, bits >> 5)
    currency = account["Currency"]
    cents = 500 + (bits >> 12) % 20_000
    amount = str(cents) if currency == "JPY" else f"{cents // 100}.{cents % 100:02}"
    return {
        "TransactionReference": f"PAY-{FIRST_PAYMENT + row - 1}" if row % 20 else "",
        "AccountNumber": account["AccountNumber"],
        "Type": choose(_TYPES, bits),
        "Amount": amount,
        "Currency": currency if row % 3 else "",
        "TransactionDate": f"2026-{(bits >> 24) % 10 + 1:02}-{(bits >> 30) % 28 + 1:02}",
        "PaymentMethod": choose(_METHODS, bits >> 3),
        "Agent": account["Agent"],
        "Notes": "Instalment, as agreed" if row % 6 == 0 else "",
        "ReversesReference": "",
    }


def _print_csv(header: tuple[str, ...], rows: list[dict[str, str]]) -> str:
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue()


if __name__ == "__main__":
    for file_name, print_file in FILES.items():
        (FOLDER / file_name).write_text(print_file(), encoding="utf-8", newline="")
