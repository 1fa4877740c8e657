"""The committed sample files are what their programs print, and the generator is repeatable."""

import csv
import io
from pathlib import Path

import pytest

from contracts.records import record_types
from samples import account_rows, transaction_rows
from samples.generator import header_of, iterate_rows, write_csv
from samples.small_files import FILES, FOLDER


@pytest.mark.parametrize("name", FILES)
def test_a_committed_small_file_is_what_its_program_prints(name: str) -> None:
    assert (FOLDER / name).read_bytes() == FILES[name]().encode()


@pytest.mark.parametrize("name", ["accounts", "transactions"])
def test_the_same_seed_makes_the_same_bytes_and_another_seed_others(name: str) -> None:
    def generate(seed: int) -> bytes:
        target = io.BytesIO()
        write_csv(target, name, 300, seed=seed)
        return target.getvalue()

    assert generate(1) == generate(1)
    assert generate(1) != generate(2)


@pytest.mark.parametrize("name", ["accounts", "transactions"])
def test_a_generated_file_holds_its_rows_under_the_templates_names(name: str) -> None:
    target = io.BytesIO()
    write_csv(target, name, 250)
    header, *rows = csv.reader(io.StringIO(target.getvalue().decode()))
    assert tuple(header) == header_of(name)
    assert all(record_types()[name].accepts(column) for column in header)
    assert [tuple(row) for row in rows] == [row.cells for row in iterate_rows(name, 250)]


def test_the_share_of_bad_rows_is_as_asked_and_every_fault_occurs() -> None:
    faults = [row.fault for row in iterate_rows("accounts", 20_000, bad_share=0.05)]
    assert 900 < sum(fault is not None for fault in faults) < 1100
    assert set(faults) == {None, *account_rows.FAULTS}
    assert not any(row.fault for row in iterate_rows("accounts", 1000, bad_share=0))


def test_a_part_of_a_file_is_made_without_the_rows_before_it() -> None:
    whole = list(iterate_rows("accounts", 100))
    assert list(iterate_rows("accounts", 40, first=61)) == whole[60:]


def test_generated_transactions_belong_to_good_accounts() -> None:
    good = {row.cells[0] for row in iterate_rows("accounts", 500) if row.fault is None}
    rows = iterate_rows("transactions", 2000, accounts=500)
    accounts = {row.cells[1] for row in rows if row.fault != "missing_account"}
    assert accounts <= good


def test_a_generated_reversal_equals_the_payment_before_it() -> None:
    rows = list(iterate_rows("transactions", 2000))
    by_reference = {row.cells[0]: row for row in rows}
    reversals = [row for row in rows if row.cells[2] == "payment_reversal"]
    assert reversals
    for reversal in reversals:
        original = by_reference[reversal.cells[9]]
        assert original.fault is None
        assert (
            original.cells[1:2] + original.cells[3:5] == reversal.cells[1:2] + reversal.cells[3:5]
        )
    assert set(transaction_rows.FAULTS) == {row.fault for row in rows} - {None}


def test_the_small_accounts_file_holds_the_guides_own_row() -> None:
    text = (Path(FOLDER) / "accounts.csv").read_text(encoding="utf-8")
    assert '"ABC Corporation",$1,250.00,' in text
