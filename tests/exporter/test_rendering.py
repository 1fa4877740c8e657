"""Exports over real books and a real object store: columns, filters, formats, bytes."""

import asyncio
import csv
import gzip
import io
import json
from hashlib import sha256
from typing import Any

import pytest

from services.chassis.problems import Problem
from tests.exporter.conftest import Exporter, account, payment
from tests.ledger.conftest import Cells


def table(data: bytes, **reading: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), **reading))


async def test_an_export_holds_every_record_and_says_its_hash(exporter: Exporter) -> None:
    await exporter.books.book("accounts", [account(1, CustomParameter1="x"), account(2)])
    export, data = await exporter.render()
    rows = table(data)
    assert [(row["AccountNumber"], row["Balance"], row["CustomParameter1"]) for row in rows] == [
        ("A-1", "1.50", "x"),
        ("A-2", "2.50", ""),
    ]
    assert (export.rows, export.bytes) == (2, len(data))
    assert export.sha256 == sha256(data).hexdigest()
    assert export.estimated_rows is not None
    [(topic, value)] = await exporter.list_said()
    assert topic == "ledgerport.exports-ready.v1"
    said = json.loads(value)
    assert (said["sha256"], said["rows"]) == (export.sha256, 2)
    assert said["download_url"] == f"http://here/v1/exports/{export.id}/file"
    assert said["watermark"] == await exporter.books.value("select value from ledger_v1.watermark")


async def test_the_same_query_of_the_same_books_gives_the_same_bytes(exporter: Exporter) -> None:
    await exporter.books.book("accounts", [account(number) for number in range(1, 50)])
    first, one = await exporter.render(compression="gzip")
    second, other = await exporter.render(compression="gzip")
    assert one == other
    assert first.watermark == second.watermark
    assert len(table(gzip.decompress(one))) == 49
    assert first.file_name.endswith(".csv.gz")


async def test_chosen_columns_filters_ids_and_order(exporter: Exporter) -> None:
    await exporter.books.book(
        "accounts", [account(n, Status="Closed" if n % 2 else "Active") for n in range(1, 7)]
    )
    _, data = await exporter.render(
        columns=["Balance", "account_number", "id"],
        filter={"status": "Active", "balance[gte]": 400},
        sort=["-balance"],
    )
    rows = table(data)
    assert [row["AccountNumber"] for row in rows] == ["A-6", "A-4"]
    assert list(rows[0]) == ["Balance", "AccountNumber", "Id"]
    many = [str(number) for number in range(10_000 - 1)] + [rows[1]["Id"]]
    _, by_id = await exporter.render(ids=many, filter={"status": "Active"}, columns=["balance"])
    assert "4.50" in by_id.decode().splitlines()


async def test_formulas_are_neutralised_in_text_and_numbers_are_left_alone(
    exporter: Exporter,
) -> None:
    rows = [account(1, AccountName="=1+1", CustomParameter1="@x"), account(2, Balance="-7.00")]
    await exporter.books.book("accounts", rows)
    _, data = await exporter.render()
    found = table(data)
    assert (found[0]["AccountName"], found[0]["CustomParameter1"]) == ("'=1+1", "'@x")
    assert found[1]["Balance"] == "-7.00"


async def test_the_locale_options_shape_values_and_lines(exporter: Exporter) -> None:
    await exporter.books.book("accounts", [account(1, DueDate="2026-02-03", Balance="1234567.5")])
    _, data = await exporter.render(
        locale={"delimiter": ";", "bom": True, "decimal": "1.234,56", "date": "D MMMM YYYY"}
    )
    assert data.startswith(b"\xef\xbb\xbfAccountNumber;")
    row = table(data, delimiter=";")[0]
    assert (row["Balance"], row["DueDate"]) == ("1.234.567,50", "3 February 2026")


async def test_times_are_written_as_the_api_writes_them(exporter: Exporter) -> None:
    await exporter.books.book("accounts", [account(1)])
    moment = await exporter.books.value("select created_at from ledger_v1.accounts")
    _, data = await exporter.render(columns=["created_at"])
    assert data.decode().splitlines()[1] == moment.isoformat().replace("+00:00", "Z")


async def test_a_lone_empty_column_is_no_blank_line(exporter: Exporter) -> None:
    await exporter.books.book("accounts", [account(1), account(2, Debtor="D-1")])
    _, data = await exporter.render(columns=["Debtor"])
    assert data == b'Debtor\n""\nD-1\n'
    _, dates = await exporter.render(columns=["DueDate"])
    assert dates == b'DueDate\n""\n""\n'


async def test_every_custom_field_has_a_column_whoever_has_it(exporter: Exporter) -> None:
    names = [f"CustomParameter{number}" for number in range(12)]
    await exporter.books.book(
        "accounts", [account(number, **{name: "v"}) for number, name in enumerate(names)]
    )
    _, data = await exporter.render(layout="import")
    assert data.decode().splitlines()[0].split(",")[8:] == sorted(names)
    _, narrowed = await exporter.render(layout="import", filter={"account_number": "A-3"})
    assert narrowed.decode().splitlines()[0].split(",")[8:] == ["CustomParameter3"]


async def test_an_import_layout_of_accounts_comes_back_unchanged(exporter: Exporter) -> None:
    rows = [account(1, Agent="a@b.c", CustomParameter1="x"), account(2, Currency="JPY")]
    await exporter.books.book("accounts", [rows[0], {**rows[1], "Balance": "7"}])
    _, data = await exporter.render(layout="import")
    again: list[Cells] = [{name: cell or None for name, cell in row.items()} for row in table(data)]
    import_id = await exporter.books.book("accounts", again)
    assert await exporter.books.actions(import_id) == [("unchanged", None)] * 2


async def test_an_import_layout_of_transactions_comes_back_unchanged(exporter: Exporter) -> None:
    await exporter.books.book("accounts", [account(1)])
    derived = payment(3, TransactionReference=None, Notes='two\nlines, one "quote"')
    await exporter.books.book("transactions", [payment(1), payment(2), derived])
    _, data = await exporter.render(dataset="transactions", layout="import")
    again: list[Cells] = [{name: cell or None for name, cell in row.items()} for row in table(data)]
    assert again[2]["TransactionReference"]
    assert again[2]["Notes"] == derived["Notes"]
    import_id = await exporter.books.book("transactions", again)
    assert await exporter.books.actions(import_id) == [("unchanged", None)] * 3


async def test_every_export_is_one_moment_of_the_books(exporter: Exporter) -> None:
    """Money moves between accounts, so every moment has the same total."""
    await exporter.books.book("accounts", [account(number, Balance="10") for number in range(200)])
    stop = asyncio.Event()

    async def move_money() -> int:
        moves = 0
        while not stop.is_set():
            await exporter.books.rows(
                "update balances set minor = minor + case when account_id % 2 = 0 then $1::bigint"
                " else -$1::bigint end",
                moves + 1,
            )
            moves += 1
        return moves

    moving = asyncio.create_task(move_money())
    files = [(await exporter.render(columns=["id", "balance"]))[1] for _ in range(5)]
    stop.set()
    assert await moving > 1
    totals = {sum(float(row["Balance"]) for row in table(data)) for data in files}
    assert totals == {2000.0}
    assert len(set(files)) > 1


@pytest.mark.parametrize("name", ["x'); drop table exports;--", "a\\'b", "%s $1 $99", "\u2028 {}"])
async def test_text_in_a_filter_never_becomes_sql(exporter: Exporter, name: str) -> None:
    await exporter.books.book("accounts", [account(1, AccountName=name), account(2)])
    _, data = await exporter.render(
        filter={"account_name": name, "account_name[in]": [name, "' or true --"]},
        columns=["AccountNumber"],
    )
    assert data == b"AccountNumber\nA-1\n"


async def test_a_dataset_without_a_view_is_refused(exporter: Exporter) -> None:
    await exporter.books.rows("drop view ledger_v1.accounts")
    with pytest.raises(Problem) as refused:
        await exporter.ask()
    assert refused.value.errors[0].code == "unknown_dataset"
