"""The proof against real books: it holds for what was imported, and finds what was falsified."""

import csv
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest

from bench.import_runs import run_import
from prove.access import Access, ProofImpossible, UnknownImport
from prove.proof import prove_import
from prove.report import Report
from samples.generator import header_of, iterate_rows
from tests.stack import Stack

ROWS = 300


@pytest.fixture
def access(stack: Stack) -> Access:
    return Access(stack.url, stack.api_key, stack.postgres_dsn, stack.kafka_bootstrap)


@pytest.fixture
def import_id(access: Access, tmp_path: Path) -> str:
    """A completed import of generated rows, some bad, under numbers of its own."""
    mark, path = uuid.uuid4().hex[:8], tmp_path / "accounts.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header_of("accounts"))
        for row in iterate_rows("accounts", ROWS):
            writer.writerow((f"{mark}-{row.cells[0]}", *row.cells[1:]))
    with access.open_client() as client:
        return str(run_import(client, path, automatic=True).view["id"])


@asynccontextmanager
async def falsified(dsn: str, change: str, undo: str, import_id: str) -> AsyncIterator[None]:
    """The books with one thing changed behind the ledger's back."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(change.replace("$1", f"'{import_id}'"))
        yield
    finally:
        await connection.execute(undo.replace("$1", f"'{import_id}'"))
        await connection.close()


def broken(report: Report) -> dict[str, str]:
    return {check.name: check.where for check in report.checks if not check.holds}


async def test_it_holds_for_a_completed_import_with_rejected_rows(
    access: Access, import_id: str
) -> None:
    report = await prove_import(access, import_id)
    assert broken(report) == {}
    assert report.holds
    assert report.remarks == []
    events = next(check for check in report.checks if "ledger-changed" in check.name)
    good = sum(row.fault is None for row in iterate_rows("accounts", ROWS))
    assert events.found == f"{good}"


IMPORT_NO = "(select import_no from ledger.imports where import_id = $1)"
GOOD_ROW = next(number for number, row in enumerate(iterate_rows("accounts", ROWS), 1)
                if row.fault is None and number > 100)  # fmt: skip
POSTING = f"where import_no = {IMPORT_NO} and row = {GOOD_ROW}"
PLAN_ROW = (
    "where plan_no = (select plan_no from ledger.imports where import_id = $1) "
    f"and row = {GOOD_ROW}"
)


@pytest.mark.parametrize(
    ("change", "undo", "kind"),
    [
        (
            f"update ledger.postings set minor = minor + 1 {POSTING}",
            f"update ledger.postings set minor = minor - 1 {POSTING}",
            "posted",
        ),
        (
            f"update ledger.plan_rows set amount = amount + 1 {PLAN_ROW}",
            f"update ledger.plan_rows set amount = amount - 1 {PLAN_ROW}",
            "of the file",
        ),
        (
            f"update ledger.plan_rows set row = row + 100000 {PLAN_ROW}",
            f"update ledger.plan_rows set row = {GOOD_ROW} "
            + PLAN_ROW.replace(f"row = {GOOD_ROW}", f"row = {GOOD_ROW} + 100000"),
            "rows of the file",
        ),
    ],
)
async def test_a_falsified_row_breaks_its_sum_and_is_named(
    access: Access, import_id: str, *, change: str, undo: str, kind: str
) -> None:
    assert access.postgres_dsn
    async with falsified(access.postgres_dsn, change, undo, import_id):
        report = await prove_import(access, import_id)
    assert not report.holds
    [where] = {place for name, place in broken(report).items() if kind in name}
    assert where.startswith(f"row {GOOD_ROW}: ")
    assert (await prove_import(access, import_id)).holds


async def test_a_balance_without_a_posting_is_found(access: Access, import_id: str) -> None:
    account = f"(select account_id from ledger.postings {POSTING})"
    change = f"update ledger.balances set minor = minor + 1 where account_id = {account}"
    undo = change.replace("+ 1", "- 1")
    assert access.postgres_dsn
    async with falsified(access.postgres_dsn, change, undo, import_id):
        report = await prove_import(access, import_id)
    [(name, where)] = broken(report).items()
    assert "balance" in name
    assert where.startswith("account ")


async def test_before_completion_nothing_may_be_posted_and_it_says_so(
    access: Access, tmp_path: Path
) -> None:
    path = tmp_path / "accounts.csv"
    path.write_text(f"AccountNumber,AccountName,Balance\nP-{uuid.uuid4().hex[:8]},Name,1.00\n")
    with access.open_client() as client:
        view = _upload(client, path)
    report = await prove_import(access, view)
    assert report.holds
    assert "nothing applied = nothing posted" in [check.name for check in report.checks]


def _upload(client: httpx.Client, path: Path) -> str:
    answer = client.post(
        "/v1/imports",
        data={"config": '{"record_type": "accounts"}'},
        files={"file": (path.name, path.read_bytes())},
    )
    location = answer.headers["location"]
    while client.get(location).json()["state"] != "ready":
        pass
    return str(answer.json()["id"])


async def test_an_import_that_is_not_there_is_told_apart_from_a_broken_one(
    access: Access,
) -> None:
    with pytest.raises(UnknownImport):
        await prove_import(access, str(uuid.uuid4()))


async def test_without_the_views_there_is_no_proof(access: Access, import_id: str) -> None:
    blind = Access(access.url, access.api_key, None, None)
    with pytest.raises(ProofImpossible, match="does not say where the views"):
        await prove_import(blind, import_id)
