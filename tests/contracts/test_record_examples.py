"""The example files of each record type, read and judged as the services do, against verdicts.json.

An entry per row: an accepted one has its values, both may have warnings, a rejected one has its
violations as `[field, code]`.
"""

import json
import uuid
from pathlib import Path
from typing import Any

import orjson
import pytest

from contracts.envelope import Reading
from contracts.record_type import RecordType
from contracts.records import record_types
from services.files.csv_files import read_rows, sniff_table
from services.ingest.domain.mappings import RowLayout
from services.ingest.domain.row_messages import RowEncoder
from services.validator.domain.rows import compile_judge

RECORDS = Path(__file__).parents[2] / "contracts" / "records"
FILES = ("valid.csv", "invalid.csv")


def judge_file(record_type: RecordType, path: Path) -> list[list[Any]]:
    """The verdicts on a file whose columns are named as the fields."""
    with path.open("rb") as stream:
        shape = sniff_table(stream.read(65536))
    fields = tuple(shape.headers)
    money = tuple(
        index
        for index, name in enumerate(fields)
        if (found := record_type.find(name)) is not None and found.kind == "money"
    )
    layout = RowLayout(fields, tuple(range(len(fields))), (), money)
    encoder = RowEncoder(layout, lambda cell: cell)
    judge = compile_judge(
        Reading(import_id=uuid.uuid4(), revision=1, record_type=record_type.name, fields=fields)
    )
    verdicts: list[list[Any]] = []
    with path.open("rb") as stream:
        for block in read_rows(stream, shape, money_columns=money):
            messages = encoder.encode(block.first_row, block.rows, block.found)
            verdicts += map(orjson.loads, judge.judge([orjson.loads(item) for item in messages]))
    return verdicts


def summarise(record_type: RecordType, verdict: list[Any]) -> dict[str, Any]:
    pairs = zip(record_type.field_names, verdict[3], strict=True)
    values = {name: value for name, value in pairs if value is not None} | (verdict[4] or {})
    summary: dict[str, Any] = {"row": verdict[1], "verdict": verdict[0]}
    if verdict[5]:
        summary["warnings"] = [[field, code] for field, code, *_ in verdict[5]]
    if verdict[0] == "rejected":
        return {**summary, "violations": [[field, code] for field, code, *_ in verdict[6]]}
    return {**summary, "values": values}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("name", sorted(record_types()))
def test_an_example_file_has_the_verdicts_that_stand_beside_it(name: str, file: str) -> None:
    record_type, folder = record_types()[name], RECORDS / name
    expected = json.loads((folder / "verdicts.json").read_text("utf-8"))[file]
    verdicts = judge_file(record_type, folder / "examples" / file)
    assert [summarise(record_type, verdict) for verdict in verdicts] == expected
    wanted = "accepted" if file == "valid.csv" else "rejected"
    assert {entry["verdict"] for entry in expected} == {wanted}


@pytest.mark.parametrize("name", sorted(record_types()))
def test_a_template_imports_as_it_is(name: str) -> None:
    verdicts = judge_file(record_types()[name], RECORDS / name / "template.csv")
    assert verdicts
    assert {verdict[0] for verdict in verdicts} == {"accepted"}
