"""What was exported comes back as unchanged, and exports asked for by event are announced."""

import gzip
import hashlib
from typing import Any

import orjson
import pytest

from contracts.topics import EXPORTS_READY, EXPORTS_REQUESTED
from tests.flow.caller import Caller, wait_for
from tests.flow.test_import_line import good, payments
from tests.flow.topics import cloud_event, hear, publish
from tests.stack import Stack


def export(caller: Caller, **query: Any) -> tuple[dict[str, Any], bytes]:
    """The finished export and its file."""
    answer = caller.client.post("/v1/exports", json=query)
    assert answer.status_code == 202, answer.text
    path = answer.headers["Location"]

    def ready() -> dict[str, Any] | None:
        shown = caller.get(path).json()
        assert shown["state"] not in ("failed", "cancelled"), shown
        return shown if shown["state"] == "ready" else None

    shown = wait_for(ready, "the export")
    return shown, caller.get(f"{path}/file").content


@pytest.mark.parametrize("record_type", ["accounts", "transactions"])
def test_an_export_in_import_layout_comes_back_unchanged(
    caller: Caller, mark: str, record_type: str
) -> None:
    booked = {"accounts": caller.book(good(mark))}
    booked["transactions"] = caller.book(payments(mark), record_type="transactions")
    import_id = booked[record_type]["id"]
    shown, content = export(
        caller, dataset=record_type, layout="import", filter={"import_id": import_id}
    )
    assert shown["rows"] == 2
    again = caller.review(content, record_type=record_type)
    assert again["counts"]["unchanged"] == 2, again["findings"]
    done = caller.complete(again)
    assert done["counts"]["unchanged"] == 2
    assert all(amounts["posted"] == 0 for amounts in done["amounts"].values())


def test_a_gzipped_export_unpacks_to_the_plain_one(caller: Caller, mark: str) -> None:
    import_id = caller.book(good(mark))["id"]
    query = {"dataset": "accounts", "filter": {"import_id": import_id}}
    _, plain = export(caller, **query)
    shown, packed = export(caller, **query, compression="gzip")
    assert gzip.decompress(packed) == plain
    assert shown["sha256"] == hashlib.sha256(packed).hexdigest()
    assert shown["bytes"] == len(packed)


def test_an_export_asked_for_by_event_is_announced_with_its_hash(
    stack: Stack, caller: Caller, mark: str
) -> None:
    import_id = caller.book(good(mark))["id"]
    topic = EXPORTS_REQUESTED.name
    query = {"dataset": "accounts", "filter": {"import_id": import_id}}
    headers = cloud_event(topic, source=f"/downstream/{mark}", event_id="1")
    for _ in range(2):
        publish(stack.kafka_bootstrap, topic, orjson.dumps({"query": query}), headers)

    def announced() -> list[dict[str, Any]]:
        heard = [one.json for one in hear(stack.kafka_bootstrap, EXPORTS_READY.name)]
        return [value for value in heard if value["ce_source"] == f"/downstream/{mark}"]

    ready = wait_for(announced, "exports-ready")[0]
    assert (ready["dataset"], ready["format"], ready["rows"]) == ("accounts", "csv", 2)
    content = caller.client.get(ready["download_url"]).content
    assert hashlib.sha256(content).hexdigest() == ready["sha256"]
    assert len(content) == ready["bytes"]
    assert {value["export_id"] for value in announced()} == {ready["export_id"]}
