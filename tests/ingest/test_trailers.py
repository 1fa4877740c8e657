"""Control totals that a file's own trailer row says."""

from typing import Any

import pytest

HEADER = "AccountName,Balance,Note\n"
ROWS = 'Alpha,10.00,a\nBeta,"1,250.50",b\n'
TRAILER = {"marker": "TRAILER", "rows_cell": 2, "amount_cell": 3}


async def test_the_trailer_is_no_row_and_its_totals_are_checked(ingest: Any) -> None:
    ready = await ingest.review(HEADER + ROWS + ' trailer ,2,"1,260.50"\n', trailer=TRAILER)
    assert (ready["state"], ready["counts"]["rows"], ready["counts"]["created"]) == ("ready", 2, 2)
    control = await ingest.facilities.pool.fetchval("select control from ledger_v1.imports")
    assert control["expected"] == {"rows": 2, "amounts": {"USD": 126050}}
    assert control["matches"] is True
    answer = await ingest.complete(ready["id"], ready["plan"]["id"])
    assert answer.status_code == 202


async def test_totals_that_differ_stop_the_completion(ingest: Any) -> None:
    ready = await ingest.review(
        HEADER + ROWS + 'TRAILER,3,"EUR 1,260.50"\n', trailer={**TRAILER, "currency": "USD"}
    )
    answer = await ingest.complete(ready["id"], ready["plan"]["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "control_totals_mismatch")
    assert answer.json()["expected"]["rows"] == 3


@pytest.mark.parametrize(
    ("rows", "code", "words"),
    [
        (ROWS, "trailer_missing", "TRAILER"),
        (ROWS + "TRAILER,2,1\nGamma,1.00,c\n", "trailer_not_last", "Row 3"),
        (ROWS + "TRAILER,two,1\n", "trailer_unreadable", "Cell 2 of the trailer row, row 3"),
        (ROWS + "TRAILER,2\n", "trailer_unreadable", "Cell 3"),
        (ROWS + 'TRAILER,2,"1.260,50"\n', "trailer_unreadable", "1.234,56"),
        (ROWS + "TRAILER,2,=1+1\n", "trailer_unreadable", "Cell 3"),
    ],
)
async def test_what_is_no_trailer_fails_the_reading_and_says_what_to_do(
    ingest: Any, rows: str, code: str, words: str
) -> None:
    failed = await ingest.review(HEADER + rows, trailer=TRAILER)
    assert (failed["state"], failed["failure"]["code"]) == ("failed", code)
    assert words in failed["failure"]["sentence"]
    assert "trailer" in failed["failure"]["way_on"] or "marker" in failed["failure"]["way_on"]
    mended = await ingest.patch(failed["id"], trailer=None)
    assert mended.status_code == 200
    assert (mended.json()["state"], mended.json()["revision"]) == ("reading", 2)


async def test_a_trailer_alone_is_an_empty_file(ingest: Any) -> None:
    ready = await ingest.review(HEADER + "TRAILER,0,0.00\n", trailer=TRAILER)
    assert (ready["state"], ready["counts"]["rows"]) == ("ready", 0)


async def test_with_the_first_rows_only_the_totals_are_not_asked_for(ingest: Any) -> None:
    for first_rows in (1, 9):
        ready = await ingest.review(
            HEADER + ROWS + "TRAILER,7,7.00\n", trailer=TRAILER, first_rows=first_rows
        )
        assert (ready["state"], ready["counts"]["rows"]) == ("ready", min(first_rows, 2))
        assert "control_totals_mismatch" not in [item["code"] for item in ready["findings"]]


async def test_a_trailer_is_refused_for_json_and_for_an_unknown_currency(ingest: Any) -> None:
    answer = await ingest.upload('[{"AccountName": "A", "Balance": "1"}]', trailer=TRAILER)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "no_trailer_in_json")
    opened = await ingest.open('[{"AccountName": "A", "Balance": "1"}]')
    changed = await ingest.patch(opened["id"], trailer=TRAILER)
    assert changed.status_code == 422
    unknown = await ingest.upload(HEADER + ROWS, trailer={**TRAILER, "currency": "XXQ"})
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (422, "unknown_currency")
