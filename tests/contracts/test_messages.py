"""Example messages are where producers and consumers meet: both sides' code agrees on each."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from contracts.envelope import CLOUD_EVENT_HEADERS, READING_HEADER, Reading, attributes_of
from contracts.topics import TOPICS, Topic
from deploy.schemas.events import load_event, print_event
from services.exporter.consumers import decode_request
from services.ledger.consumers import decode_judged, decode_lifecycle, decode_record
from services.validator.consumers import decode_record as decode_submission
from services.validator.consumers import decode_row
from tests.contracts.produced import PRODUCERS, Sample, file_stem

EXAMPLES = Path(__file__).parents[2] / "contracts" / "examples"


def a_second_later() -> datetime:
    return datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)


CONSUMERS: dict[str, Callable[[Any], Any]] = {
    "rows-received.v1": decode_row,
    "rows-judged.v1": decode_judged,
    "import-lifecycle.v1": decode_lifecycle,
    "records-submitted.v1": lambda record: decode_submission(record, a_second_later),
    "records-judged.v1": decode_record,
    "exports-requested.v1": lambda record: decode_request(record, a_second_later),
}


@dataclass
class Arrived:
    """A message as a consumer's decoder sees it."""

    value: bytes
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    partition: int = 0


def arrive(sample: Sample) -> Arrived:
    return Arrived(sample.value, sample.key, sample.headers)


def read_example(path: Path) -> Sample:
    """A file with `key`, `headers` and `value`."""
    content = json.loads(path.read_text("utf-8"))
    headers = tuple((name, text.encode()) for name, text in content["headers"].items())
    key = None if content["key"] is None else content["key"].encode()
    return Sample(orjson.dumps(content["value"]), key, headers)


def each_sample() -> list[Any]:
    """Committed examples and freshly produced messages, of every topic."""
    found: list[Any] = []
    for topic in TOPICS:
        stem = file_stem(topic)
        samples = {f"produced {n}": s for n, s in PRODUCERS[stem]().items()}
        paths = sorted((EXAMPLES / stem).glob("*.json"))
        samples |= {f"example {path.stem}": read_example(path) for path in paths}
        found += [
            pytest.param(topic, sample, id=f"{stem}, {name}") for name, sample in samples.items()
        ]
    return found


@pytest.mark.parametrize(("topic", "sample"), each_sample())
def test_a_message_fits_its_event_and_its_printed_schema(topic: Topic, sample: Sample) -> None:
    Draft202012Validator(print_event(topic)).validate(json.loads(sample.value))
    assert load_event(topic).validate_json(sample.value) is not None


@pytest.mark.parametrize(("topic", "sample"), each_sample())
def test_a_message_carries_the_headers_of_its_lane(topic: Topic, sample: Sample) -> None:
    headers = dict(sample.headers)
    if topic.public:
        assert set(headers) == set(CLOUD_EVENT_HEADERS)
        assert attributes_of(headers).type == topic.event_type
        assert sample.key
    elif READING_HEADER in headers:
        reading = Reading.from_header(headers[READING_HEADER])
        assert Reading.from_header(reading.to_header()) == reading
    else:
        assert sample.key


@pytest.mark.parametrize(("topic", "sample"), each_sample())
def test_a_message_of_a_consumed_topic_is_read_by_its_consumer(
    topic: Topic, sample: Sample
) -> None:
    decode = CONSUMERS.get(file_stem(topic))
    assert (decode is not None) == topic.consumed
    if decode is not None:
        assert decode(arrive(sample)) is not None


@pytest.mark.parametrize("topic", TOPICS, ids=file_stem)
def test_the_committed_examples_are_what_producers_write(topic: Topic) -> None:
    folder = EXAMPLES / file_stem(topic)
    produced = PRODUCERS[file_stem(topic)]()
    assert {path.stem for path in folder.glob("*.json")} == set(produced)
    for name, sample in produced.items():
        example = read_example(folder / f"{name}.json")
        assert json.loads(sample.value) == json.loads(example.value), name
        assert (sample.key, dict(sample.headers)) == (example.key, dict(example.headers)), name


def test_no_examples_are_left_of_topics_that_are_gone() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == {file_stem(topic) for topic in TOPICS}
