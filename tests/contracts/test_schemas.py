"""The printed snapshots are those of the code, hold together, and break nobody."""

import copy
import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts.topics import TOPICS
from deploy.print_schemas import SCHEMAS, find_breaks, print_all, read_committed, to_text
from deploy.schemas.events import file_name

REFERENCE = re.compile(r'"\$ref": "([^"]+)"')


@pytest.fixture(scope="module")
def printed() -> dict[str, dict[str, Any]]:
    return print_all()


def test_nothing_that_was_printed_is_broken(printed: dict[str, dict[str, Any]]) -> None:
    assert find_breaks(read_committed(), printed) == []


def test_the_committed_schemas_are_those_of_the_code(printed: dict[str, dict[str, Any]]) -> None:
    committed = {path.name: path.read_text("utf-8") for path in SCHEMAS.glob("*.json")}
    differing = {
        name
        for name in committed.keys() | printed.keys()
        if name not in printed or committed.get(name) != to_text(printed[name])
    }
    assert differing == set(), "run `make schemas`"


def test_every_event_has_a_valid_schema(printed: dict[str, dict[str, Any]]) -> None:
    for topic in TOPICS:
        Draft202012Validator.check_schema(printed[file_name(topic)])


@pytest.mark.parametrize("name", ["asyncapi.json", "openapi.json"])
def test_every_reference_of_a_document_leads_somewhere(
    printed: dict[str, dict[str, Any]], name: str
) -> None:
    references = set(REFERENCE.findall(json.dumps(printed[name])))
    assert references
    for reference in references:
        assert reference.startswith("#/")
        part: Any = printed[name]
        for step in reference.removeprefix("#/").split("/"):
            assert step in part, reference
            part = part[step]


def test_the_asyncapi_document_tells_all_of_every_topic(
    printed: dict[str, dict[str, Any]],
) -> None:
    document = printed["asyncapi.json"]
    channels = {item["address"]: item for item in document["channels"].values()}
    actions = {
        (
            item["action"],
            document["channels"][item["channel"]["$ref"].rpartition("/")[2]]["address"],
        )
        for item in document["operations"].values()
    }
    for topic in TOPICS:
        channel = channels[topic.name]
        retention = channel["bindings"]["kafka"]["topicConfiguration"]["retention.ms"]
        assert retention == topic.retention_hours * 3_600_000
        assert channel["bindings"]["kafka"]["partitions"] == topic.partitions
        assert channel["x-personal-data"] is topic.personal_data
        assert topic.key in channel["description"]
        assert (topic.dead_letters in channels) == topic.consumed
        assert (("receive", topic.name) in actions) == topic.consumed


def test_a_document_that_is_gone_is_a_break(printed: dict[str, dict[str, Any]]) -> None:
    fewer = {name: schema for name, schema in printed.items() if name != "ledger-changed.v1.json"}
    assert find_breaks(printed, fewer) == ["ledger-changed.v1.json is gone"]


def test_a_field_that_leaves_a_public_event_is_a_break(printed: dict[str, dict[str, Any]]) -> None:
    changed = copy.deepcopy(printed)
    schema = changed["ledger-changed.v1.json"]
    del schema["properties"]["watermark"]
    schema["required"].remove("watermark")
    assert find_breaks(printed, changed) == [
        "ledger-changed.v1.json breaks those who read the old one"
    ]


def test_a_new_field_breaks_nobody(printed: dict[str, dict[str, Any]]) -> None:
    changed = copy.deepcopy(printed)
    for name in ("ledger-changed.v1.json", "records-submitted.v1.json", "exports-ready.v1.json"):
        changed[name]["properties"]["extra"] = {"type": "string"}
    changed["import-lifecycle.v1.json"]["$defs"]["RevisionRead"]["properties"]["extra"] = {
        "type": "string"
    }
    assert find_breaks(printed, changed) == []
