"""The JSON Schema of each event, from the class that `contracts/topics.py` names."""

from importlib import import_module
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from contracts.topics import TOPICS, Topic

DIALECT = "https://json-schema.org/draft/2020-12/schema"
OURS = frozenset(("ingest", "validator", "ledger", "exporter"))

Role = Literal["serializer", "deserializer"]


def load_event(topic: Topic) -> TypeAdapter[Any]:
    """The adapter of a topic's event."""
    module, _, name = topic.event.partition(":")
    return TypeAdapter(getattr(import_module(module), name))


def event_name(topic: Topic) -> str:
    return topic.event.rpartition(":")[2]


def print_event(topic: Topic) -> dict[str, Any]:
    """What is sent where we send it, and what is taken where others do."""
    mode: JsonSchemaMode = "serialization" if topic.producer in OURS else "validation"
    schema = load_event(topic).json_schema(mode=mode)
    return {"$schema": DIALECT, "title": event_name(topic), **schema}


def roles(topic: Topic) -> tuple[Role, ...]:
    """Which changes break somebody: who reads with the old schema, who writes by it."""
    if topic.producer not in OURS:
        return ("deserializer",)
    return ("serializer",) if topic.public else ("serializer", "deserializer")


def print_events() -> dict[str, dict[str, Any]]:
    """The schemas by file name, which is the topic's name without its prefix."""
    return {file_name(topic): print_event(topic) for topic in TOPICS}


def file_name(topic: Topic) -> str:
    return f"{topic.name.partition('.')[2]}.json"
