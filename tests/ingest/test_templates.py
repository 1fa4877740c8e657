"""Templates of every record type: the committed print, the download, and that they import."""

from pathlib import Path
from typing import Any

import pytest

from contracts import records
from contracts.records import record_types
from services.ingest.endpoints.templates import print_template

FOLDER = Path(records.__file__).parent


@pytest.mark.parametrize("name", sorted(record_types()))
def test_the_committed_template_is_what_the_record_type_prints(name: str) -> None:
    committed = (FOLDER / name / "template.csv").read_bytes().decode()
    assert committed == print_template(record_types()[name])


@pytest.mark.parametrize("name", sorted(record_types()))
async def test_a_template_imports_cleanly_as_it_is(ingest: Any, name: str) -> None:
    answer = await ingest.get(f"/v1/templates/{name}.csv")
    assert answer.status_code == 200
    ready = await ingest.review(answer.content, record_type=name)
    assert ready["state"] == "ready"
    assert (ready["counts"]["rows"], ready["counts"]["rejected"], ready["warnings"]) == (1, 0, 0)


@pytest.mark.parametrize("name", sorted(record_types()))
async def test_valid_examples_are_accepted_and_invalid_ones_rejected(
    ingest: Any, name: str
) -> None:
    valid = await ingest.review(
        (FOLDER / name / "examples/valid.csv").read_bytes(), record_type=name
    )
    assert (valid["state"], valid["counts"]["rejected"]) == ("ready", 0)
    invalid = await ingest.review(
        (FOLDER / name / "examples/invalid.csv").read_bytes(), record_type=name
    )
    assert invalid["counts"]["rejected"] == invalid["counts"]["rows"]


async def test_a_template_is_described_field_by_field(ingest: Any) -> None:
    shown = (await ingest.get("/v1/templates/accounts")).json()
    fields = {field["name"]: field for field in shown["fields"]}
    assert fields["AccountName"]["required"] is True
    assert fields["Status"]["choices"][0] == "Active"
    listed = (await ingest.get("/v1/templates")).json()["data"]
    assert [item["record_type"] for item in listed] == sorted(record_types())


async def test_an_unknown_template_is_not_found_and_the_known_ones_named(ingest: Any) -> None:
    for path in ("/v1/templates/persons", "/v1/templates/persons.csv"):
        answer = await ingest.get(path)
        assert answer.status_code == 404
        assert "accounts" in answer.json()["detail"]
