"""Files of any size: `python -m samples.generator accounts --rows 1000000 --seed 7 > file`."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import BinaryIO

from samples import account_rows, transaction_rows
from samples.account_rows import GeneratedRow

RECORD_TYPES = ("accounts", "transactions")
DEFAULT_SEED = 7
DEFAULT_BAD_SHARE = 0.05
_ROWS_PER_WRITE = 10_000


def iterate_rows(
    record_type: str,
    rows: int,
    *,
    seed: int = DEFAULT_SEED,
    bad_share: float = DEFAULT_BAD_SHARE,
    accounts: int | None = None,
    first: int = 1,
) -> Iterator[GeneratedRow]:
    """`rows` rows from number `first` on. Transactions refer to the first `accounts` accounts."""
    make = _maker(record_type, seed=seed, bad_share=bad_share, accounts=accounts or rows)
    return map(make, range(first, first + rows))


def write_csv(
    target: BinaryIO,
    record_type: str,
    rows: int,
    *,
    seed: int = DEFAULT_SEED,
    bad_share: float = DEFAULT_BAD_SHARE,
    accounts: int | None = None,
    first: int = 1,
) -> None:
    """Header and the same rows; no cell of a generated row needs quotes."""
    make = _maker(record_type, seed=seed, bad_share=bad_share, accounts=accounts or rows)
    target.write(",".join(header_of(record_type)).encode() + b"\n")
    end = first + rows
    for start in range(first, end, _ROWS_PER_WRITE):
        numbers = range(start, min(start + _ROWS_PER_WRITE, end))
        lines = [",".join(make(row).cells) for row in numbers]
        target.write(("\n".join(lines) + "\n").encode())


def header_of(record_type: str) -> tuple[str, ...]:
    module = account_rows if record_type == "accounts" else transaction_rows
    return module.HEADER


def _maker(
    record_type: str, *, seed: int, bad_share: float, accounts: int
) -> Callable[[int], GeneratedRow]:
    if record_type == "accounts":
        return lambda row: account_rows.make_account(row, seed=seed, bad_share=bad_share)
    return lambda row: transaction_rows.make_transaction(
        row, seed=seed, bad_share=bad_share, accounts=accounts
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m samples.generator", description=__doc__)
    parser.add_argument("record_type", choices=RECORD_TYPES)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--bad", type=float, default=DEFAULT_BAD_SHARE, help="share of bad rows")
    parser.add_argument("--accounts", type=int, help="accounts that transactions belong to")
    asked = parser.parse_args()
    with suppress(BrokenPipeError):
        write_csv(
            sys.stdout.buffer,
            asked.record_type,
            asked.rows,
            seed=asked.seed,
            bad_share=asked.bad,
            accounts=asked.accounts,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
