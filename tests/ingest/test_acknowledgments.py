"""What a creditor is told of the accounts that were received."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

HEADER = "AccountNumber,AccountName,Balance,Currency\n"
FILE = HEADER + 'A-1,Alpha,"1,250.00",USD\n0002,"=cmd|1",-5.00,EUR\nA-3,Gämma,ten,USD\n'


async def acknowledge(ingest: Any, import_id: str) -> list[dict[str, str]]:
    answer = await ingest.get(f"/v1/imports/{import_id}/acknowledgment.csv")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_each_row_is_told_with_its_balance_then_and_now(ingest: Any) -> None:
    done = await ingest.book(FILE)
    await ingest.book(
        "AccountNumber,Type,Amount,TransactionDate\nA-1,payment,50.00,2026-02-01\n",
        record_type="transactions",
    )
    first, second, third = await acknowledge(ingest, done["id"])
    assert first == {
        "Row": "1",
        "AccountNumber": "A-1",
        "AccountName": "Alpha",
        "Received": datetime.now(UTC).date().isoformat(),
        "OriginalBalance": "1250.00",
        "Currency": "USD",
        "CurrentBalance": "1200.00",
        "Outcome": "created",
        "Reason": "",
    }
    assert (second["AccountNumber"], second["AccountName"]) == ("0002", "'=cmd|1")
    assert second["OriginalBalance"] == "-5.00"
    assert (third["AccountNumber"], third["AccountName"]) == ("A-3", "Gämma")
    assert (third["OriginalBalance"], third["CurrentBalance"]) == ("ten", "")
    assert third["Outcome"] == "rejected"
    assert third["Reason"].startswith("Balance: ")


async def test_only_accounts_that_were_booked_are_acknowledged(ingest: Any) -> None:
    ready = await ingest.review(FILE)
    answer = await ingest.get(f"/v1/imports/{ready['id']}/acknowledgment.csv")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_completed")
    done = await ingest.book(
        "AccountNumber,Type,Amount,TransactionDate\nA-1,payment,50.00,2026-02-01\n",
        record_type="transactions",
    )
    other = await ingest.get(f"/v1/imports/{done['id']}/acknowledgment.csv")
    assert (other.status_code, other.json()["code"]) == (409, "not_accounts")
    assert "transactions" in other.json()["detail"]
