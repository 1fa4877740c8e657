"""Ways to send an import, and to send it again: packed, as JSON, from templates, corrected."""

import gzip
import io
import json
import zipfile

import httpx
import pytest

from tests.flow.caller import Caller
from tests.flow.test_import_line import HEADER, accounts, good

GUIDE = (
    "AccountName,Balance,Status,Agent,DueDate,CustomParameter1,CustomParameter2\r\n"
    '"{}",$1,250.00,Active,agent1@example.com,2024-01-15,Value1,Value2\r\n'
)


def zipped(content: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("accounts.csv", content)
    return packed.getvalue()


def test_packed_files_are_read_like_plain_ones(caller: Caller, mark: str) -> None:
    for name, content in (
        ("accounts.csv.gz", gzip.compress(good(f"{mark}g").encode())),
        ("accounts.zip", zipped(good(f"{mark}z"))),
    ):
        ready = caller.review(content, name=name)
        assert ready["counts"]["created"] == 2, name
        assert caller.get(f"/v1/imports/{ready['id']}/source").content == content


def test_one_call_with_json_does_all(caller: Caller, mark: str) -> None:
    records = [{"AccountNumber": f"{mark}-1", "AccountName": mark, "Balance": "12.30"}]
    config = {"record_type": "accounts", "complete": "automatic"}
    answer = caller.client.post("/v1/imports", json={"config": config, "records": records})
    assert answer.status_code == 202, answer.text
    done = caller.await_state(answer.json()["id"], "completed")
    assert done["counts"]["created"] == 1
    (one,) = caller.list_all("/v1/accounts", account_number=f"{mark}-1")
    assert one["balance"] == {"minor": 1230, "currency": "USD"}


def test_a_key_repeats_the_first_answer_and_refuses_other_content(
    caller: Caller, mark: str
) -> None:
    first = caller.send(good(mark), key=mark)
    again = caller.send(good(mark), key=mark)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["id"] == first.json()["id"]
    other = caller.send(accounts(mark), key=mark)
    assert other.status_code == 422
    assert other.headers["content-type"] == "application/problem+json"


def test_the_guides_own_row_is_repaired_with_a_warning(caller: Caller, mark: str) -> None:
    ready = caller.review(GUIDE.format(mark))
    assert ready["counts"]["created"] == 1, ready["findings"]
    assert ready["warnings"] >= 1
    (row,) = caller.rows(ready["id"])
    assert [warning["code"] for warning in row["warnings"]] == ["repaired"]
    assert row["after"]["balance"] == {"minor": 125000, "currency": "USD"}
    assert row["after"]["due_date"] == "2024-01-15"
    custom = {"CustomParameter1": "Value1", "CustomParameter2": "Value2"}
    assert row["after"]["custom"] == custom


@pytest.mark.parametrize("record_type", ["accounts", "transactions"])
def test_a_template_imports_cleanly(caller: Caller, record_type: str, mark: str) -> None:
    """As it is, but for its numbers: other tests have accounts of the same ones."""
    template = caller.get(f"/v1/templates/{record_type}.csv").text
    for number in ("AC-", "PAY-", "ABC Corporation"):
        template = template.replace(number, mark)
    ready = caller.review(template, record_type=record_type)
    assert ready["counts"]["rejected"] == 0, ready["findings"]
    assert ready["counts"]["rows"] >= 1
    assert ready["warnings"] == 0


def test_the_error_file_can_be_uploaded_again_as_it_is(caller: Caller, mark: str) -> None:
    done = caller.book(accounts(mark))
    errors = caller.get(f"/v1/imports/{done['id']}/errors.csv").content
    again = caller.review(errors)
    assert again["counts"]["rows"] == again["counts"]["rejected"] == 3
    assert again["corrects"] == done["id"]
    assert again["id"] in caller.show(done["id"])["corrected_by"]
    fixed = errors.decode("utf-8-sig").replace(",ten,", ",10.00,")
    corrected = caller.book(fixed)
    assert corrected["counts"]["created"] == 1
    (one,) = caller.list_all("/v1/accounts", account_number=f"{mark}-2")
    assert one["balance"]["minor"] == 1000


def test_the_same_file_again_is_recognised_and_changes_nothing(caller: Caller, mark: str) -> None:
    first = caller.book(good(mark))
    again = caller.review(good(mark))
    assert again["file"]["seen_before"]["import_id"] == first["id"]
    assert again["counts"]["unchanged"] == 2
    assert caller.complete(again)["amounts"]["USD"]["posted"] == 0


def test_missed_control_totals_block_until_a_manager_overrides(caller: Caller, mark: str) -> None:
    expected = {"rows": 2, "amounts": {"USD": "301.00"}}
    ready = caller.review(good(mark), expected=expected)
    path = f"/v1/imports/{ready['id']}"
    blocked = caller.client.post(f"{path}/complete", json={"plan": ready["plan"]["id"]})
    assert blocked.status_code == 409
    assert blocked.json()["code"] == "control_totals_mismatch"
    answer = caller.client.patch(path, json={"control_override": {"reason": "agreed by phone"}})
    assert answer.status_code == 200, answer.text
    again = caller.await_state(ready["id"], "ready")
    assert caller.complete(again)["counts"]["created"] == 2


def test_a_new_mapping_starts_a_new_revision(caller: Caller, mark: str) -> None:
    content = "Code,Name,First,Second\r\n" + f"{mark}-1,{mark},10.00,20.00\r\n"
    columns = {"Code": "AccountNumber", "Name": "AccountName", "First": "Balance", "Second": None}
    ready = caller.review(content, mapping=columns)
    assert ready["amounts"]["USD"]["in"] == 1000
    columns |= {"First": None, "Second": "Balance"}
    answer = caller.client.put(f"/v1/imports/{ready['id']}/mapping", json={"mapping": columns})
    assert answer.status_code == 200, answer.text
    again = caller.await_state(ready["id"], "ready")
    assert again["revision"] == ready["revision"] + 1
    assert again["amounts"]["USD"]["in"] == 2000
    assert caller.complete(again)["amounts"]["USD"]["posted"] == 2000


def test_only_the_first_rows_are_looked_at_when_told_so(caller: Caller, mark: str) -> None:
    rows = "".join(f"{mark}-{n},{mark} {n},1.00,,,\r\n" for n in range(50))
    ready = caller.review(HEADER + rows, first_rows=7)
    assert ready["counts"]["rows"] == ready["counts"]["created"] == 7


def test_the_events_of_an_import_end_with_its_completion(caller: Caller, mark: str) -> None:
    import_id = caller.open(good(mark), complete="automatic")
    states: list[str] = []
    timeout = httpx.Timeout(30)
    with caller.client.stream("GET", f"/v1/imports/{import_id}/events", timeout=timeout) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("data:"):
                states.append(json.loads(line.removeprefix("data:"))["state"])
    assert states[-1] == "completed"


def test_samples_of_a_row_cut_at_its_amount_stand_under_their_own_columns(
    caller: Caller, mark: str
) -> None:
    ready = caller.review(GUIDE.format(mark))
    columns = caller.get(f"/v1/imports/{ready['id']}/mapping").json()["columns"]
    samples = {item["column"]: item["samples"] for item in columns}
    assert samples["Balance"] == ["$1,250.00"]
    assert samples["DueDate"] == ["2024-01-15"]
    assert all(item["field"] == item["column"] for item in columns)
