"""The life of an import over HTTP: sent, reviewed, completed or cancelled."""

from typing import Any

CSV = (
    "AccountNumber,AccountName,Balance,Due\r\n"
    'A-1,Alpha,"1,250.00",2024-01-15\r\n'
    "A-2,Beta,x,2024-01-15\r\n"
    "A-3,Gamma,3.00,2024-01-15\r\n"
)


async def test_a_file_becomes_an_import_that_is_reviewed_and_completed(ingest: Any) -> None:
    opened = await ingest.open(CSV)
    assert opened["state"] == "reading"
    assert opened["file"]["delimiter"] == ","
    await ingest.settle()
    ready = await ingest.show(opened["id"])
    assert ready["state"] == "ready"
    assert ready["counts"] == {
        "rows": 3, "created": 2, "updated": 0, "unchanged": 0, "skipped": 0,
        "rejected": 1, "held": 0, "parked": 0, "pending": 0,
    }
    assert ready["amounts"]["USD"]["in"] == 125300
    assert ready["findings"][0]["code"] == "not_a_number"
    answer = await ingest.complete(ready["id"], ready["plan"]["id"])
    assert answer.status_code == 202
    assert answer.json()["state"] == "completing"
    await ingest.settle()
    done = await ingest.show(ready["id"])
    assert done["state"] == "completed"
    assert done["as_completed"]["counts"]["created"] == 2
    assert done["amounts"]["USD"]["posted"] == 125300
