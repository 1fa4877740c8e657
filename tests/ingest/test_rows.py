"""Rows of an import, the error file, and what comes back of it."""

import csv
import io
from typing import Any

HEADER = "AccountNumber,Note,AccountName,Balance,DueDate\n"
FILE = HEADER + (
    "A-1,first,Alpha,10.00,2024-01-15\n"
    '0002,"=cmd|1",Beta,x,2024-01-15\n'
    "A-3,-5 apples,Gamma,(30.00),2024-02-30\n"
    "A-4,long,Delta,1.00,2024-01-15,beyond\n"
    "A-5,short,Epsilon,5.00\n"
)


async def rows(ingest: Any, import_id: str, **parameters: Any) -> list[dict[str, Any]]:
    answer = await ingest.get(f"/v1/imports/{import_id}/rows", **parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_rows_are_shown_as_they_stood_judged_and_planned(ingest: Any) -> None:
    ready = await ingest.review(FILE)
    shown = await rows(ingest, ready["id"])
    assert [row["row"] for row in shown] == [1, 2, 3, 4, 5]
    assert shown[0]["raw"] == {
        "AccountNumber": "A-1",
        "Note": "first",
        "AccountName": "Alpha",
        "Balance": "10.00",
        "DueDate": "2024-01-15",
    }
    assert (shown[0]["verdict"], shown[0]["plan"], shown[0]["before"]) == (
        "accepted",
        "create",
        None,
    )
    assert shown[0]["after"]["balance"] == {"minor": 1000, "currency": "USD"}
    assert shown[0]["after"]["account_name"] == "Alpha"
    assert shown[1]["violations"][0]["field"] == "Balance"
    assert shown[1]["violations"][0]["code"] == "not_a_number"
    assert shown[1]["violations"][0]["value"] == "x"
    assert shown[3]["raw"]["Column 6"] == "beyond"
    assert shown[3]["violations"][0]["code"] == "ragged_long"
    assert shown[4]["warnings"][0]["code"] == "ragged_short"


async def test_rows_are_filtered_and_paged(ingest: Any) -> None:
    ready = await ingest.review(FILE)
    rejected = await rows(ingest, ready["id"], outcome="rejected")
    assert [row["row"] for row in rejected] == [2, 3, 4]
    assert [row["row"] for row in await rows(ingest, ready["id"], finding="ragged_short")] == [5]
    page = (await ingest.get(f"/v1/imports/{ready['id']}/rows", limit=2)).json()
    assert (len(page["data"]), page["has_more"]) == (2, True)
    rest = (await ingest.get(f"/v1/imports/{ready['id']}/rows", limit=3, starting_after=2)).json()
    assert ([row["row"] for row in rest["data"]], rest["has_more"]) == ([3, 4, 5], False)


async def test_limits_and_filters_out_of_range_are_refused(ingest: Any) -> None:
    ready = await ingest.review(FILE)
    for parameters in (
        {"limit": -1},
        {"limit": 10**9},
        {"outcome": "lost"},
        {"finding": "' or 1=1"},
        {"starting_after": 10**12},
    ):
        answer = await ingest.get(f"/v1/imports/{ready['id']}/rows", **parameters)
        assert answer.status_code == 422


async def test_an_update_shows_before_and_after(ingest: Any) -> None:
    await ingest.book(HEADER + "A-1,n,Alpha,10.00,2024-01-15\n")
    ready = await ingest.review(
        HEADER + "A-1,n,Alpha Ltd,12.00,2024-01-15\n", balance_difference="adjust"
    )
    (row,) = await rows(ingest, ready["id"])
    assert row["plan"] == "update"
    assert row["before"]["account_name"] == "Alpha"
    assert row["before"]["balance"] == {"minor": 1000, "currency": "USD"}
    assert row["after"]["account_name"] == "Alpha Ltd"
    assert row["after"]["balance"] == {"minor": 1200, "currency": "USD"}


async def test_a_completed_rows_record_is_linked(ingest: Any) -> None:
    done = await ingest.book(HEADER + "A-1,n,Alpha,10.00,2024-01-15\n")
    (row,) = await rows(ingest, done["id"])
    assert row["outcome"] == "created"
    assert row["links"]["record"] == f"/v1/accounts/{row['record_id']}"


def parse(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


async def test_the_error_file_names_rows_and_reasons_and_is_safe_to_open(ingest: Any) -> None:
    ready = await ingest.review(FILE)
    answer = await ingest.get(f"/v1/imports/{ready['id']}/errors.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    header, *lines = parse(answer.content)
    assert header == ["_ImportId", "_Row", "_Errors", *HEADER.strip().split(",")]
    assert [line[:2] for line in lines] == [
        [ready["id"], "2"],
        [ready["id"], "3"],
        [ready["id"], "4"],
    ]
    assert lines[0][2].startswith("Balance: ")
    assert lines[0][3:] == ["0002", "'=cmd|1", "Beta", "x", "2024-01-15"]
    assert lines[1][3:] == ["A-3", "'-5 apples", "Gamma", "(30.00)", "2024-02-30"]
    assert lines[2][-1] == "beyond"


async def test_the_error_file_comes_back_as_it_is_and_is_known_for_a_correction(
    ingest: Any,
) -> None:
    file = "Nummer,Konto,Offen,Faellig\n0007,=Alpha,1.00,31.01.2024\n0008,Beta,x,31.01.2024\n"
    mapping = {
        "Nummer": "AccountNumber",
        "Konto": "AccountName",
        "Offen": "Balance",
        "Faellig": "DueDate",
    }
    done = await ingest.book(
        file, mapping=mapping, formats={"date": "DD.MM.YYYY"}, mode="create_new"
    )
    assert (done["counts"]["created"], done["counts"]["rejected"]) == (1, 1)
    errors = (await ingest.get(f"/v1/imports/{done['id']}/errors.csv")).content
    again = await ingest.review(errors)
    assert again["state"] == "ready"
    assert again["corrects"] == done["id"]
    assert again["config"]["formats"]["date"] == "DD.MM.YYYY"
    assert again["config"]["mode"] == "create_new"
    assert again["counts"]["rejected"] == 1
    corrected = await ingest.book(errors.replace(b",x,", b",2.00,"))
    assert (corrected["state"], corrected["counts"]["created"]) == ("completed", 1)
    assert (await ingest.show(done["id"]))["corrected_by"] == [again["id"], corrected["id"]]
    names = await ingest.books.fetch("select account_number, account_name from accounts order by 1")
    assert [tuple(row) for row in names] == [("0007", "=Alpha"), ("0008", "Beta")]


async def test_text_that_an_export_has_escaped_comes_back_as_it_was(ingest: Any) -> None:
    await ingest.book("AccountNumber,AccountName,Balance\nA-1,'=Alpha,1.00\nA-2,O'Neill,2.00\n")
    names = await ingest.books.fetch("select account_name from accounts order by account_number")
    assert [row["account_name"] for row in names] == ["=Alpha", "O'Neill"]


async def test_a_column_mapped_to_nothing_is_still_shown_raw(ingest: Any) -> None:
    ready = await ingest.review(FILE)
    (row,) = await rows(ingest, ready["id"], limit=1)
    assert row["raw"]["Note"] == "first"
