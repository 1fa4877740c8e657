"""The AsyncAPI 3.0 document: channels, operations, messages, keys, headers and retention.

Source: AsyncAPI 3.0.0, Kafka bindings 0.5.0. FastStream's own document shows no raw messages.
"""

from typing import Any, cast

from contracts.envelope import JSON_CONTENT_TYPE, READING_HEADER
from contracts.topics import PREFIX, TOPICS, Topic
from deploy.schemas.events import OURS, event_name, print_event

BINDING_VERSION = "0.5.0"
HOUR_MILLISECONDS = 3_600_000
DEFINITIONS = "#/components/schemas/"
READING_SENTENCE = (
    "A JSON array: import id (base64url), revision, record type, the row's fields (a declared one "
    "by its place in the record type, a custom one by its name), and where they are not the "
    "default, the formats (date, decimal, currency) and the fields that an empty cell clears."
)
DEAD_LETTER_HEADERS = {
    "dlq-code": "The reason, for machines.",
    "dlq-sentence": "The reason, for people.",
    "dlq-topic": "The topic that it was read from.",
    "dlq-partition": "Its partition there.",
    "dlq-offset": "Its offset there.",
}


def print_asyncapi(version: str) -> dict[str, Any]:
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for topic in TOPICS:
        channels[_name(topic)] = _channel(topic)
        operations |= _operations(topic)
        if topic.consumed:
            channels[f"{_name(topic)}.dlq"] = _dead_letter_channel(topic)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Ledgerport",
            "version": version,
            "description": "Topics of Ledgerport, seen from Ledgerport: it sends what others may "
            "read, and receives what others may send.",
        },
        "defaultContentType": JSON_CONTENT_TYPE,
        "channels": channels,
        "operations": operations,
        "components": _components(),
    }


def _name(topic: Topic) -> str:
    return topic.name.removeprefix(PREFIX)


def _channel(topic: Topic) -> dict[str, Any]:
    event = event_name(topic)
    return {
        "address": topic.name,
        "description": f"{'Public' if topic.public else 'Internal'}; from {topic.producer} to "
        f"{', '.join(topic.consumers) or 'subscribers'}. Key: {topic.key}.",
        "messages": {event: {"$ref": f"#/components/messages/{event}"}},
        "bindings": _bindings(topic.name, topic.partitions, topic.retention_hours),
        "x-public": topic.public,
        "x-personal-data": topic.personal_data,
        "x-producer": topic.producer,
        "x-consumers": list(topic.consumers),
        "x-retention-hours": topic.retention_hours,
    }


def _dead_letter_channel(topic: Topic) -> dict[str, Any]:
    return {
        "address": topic.dead_letters,
        "description": f"Messages of {topic.name} that could not be read, as they were.",
        "messages": {"DeadLetter": {"$ref": "#/components/messages/DeadLetter"}},
        "x-public": False,
        "x-personal-data": topic.personal_data,
    }


def _bindings(name: str, partitions: int, retention_hours: int) -> dict[str, Any]:
    return {
        "kafka": {
            "topic": name,
            "partitions": partitions,
            "topicConfiguration": {"retention.ms": retention_hours * HOUR_MILLISECONDS},
            "bindingVersion": BINDING_VERSION,
        }
    }


def _operations(topic: Topic) -> dict[str, Any]:
    reference = {"channel": {"$ref": f"#/channels/{_name(topic)}"}}
    found: dict[str, Any] = {}
    if topic.producer in OURS:
        found[f"send-{_name(topic)}"] = {
            "action": "send",
            **reference,
            "summary": f"{topic.producer} says it.",
        }
    if topic.consumers:
        found[f"receive-{_name(topic)}"] = {
            "action": "receive",
            **reference,
            "summary": f"{', '.join(topic.consumers)} hears it.",
        }
    return found


def _components() -> dict[str, Any]:
    messages: dict[str, Any] = {"DeadLetter": _dead_letter()}
    schemas: dict[str, Any] = {}
    for topic in TOPICS:
        messages[event_name(topic)] = _message(topic)
        schemas |= _schemas(topic)
    return {"messages": messages, "schemas": schemas}


def _schemas(topic: Topic) -> dict[str, Any]:
    """The event's schema and those that it refers to, by name."""
    schema = _relocate(print_event(topic))
    inner = schema.pop("$defs", {})
    schema.pop("$schema")
    return {**inner, event_name(topic): schema}


def _relocate(value: Any) -> Any:
    """References within one schema become references into the document."""
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value)
        return {name: _relocate(item) for name, item in entries.items()}
    if isinstance(value, list):
        return [_relocate(item) for item in cast("list[Any]", value)]
    if isinstance(value, str):
        return value.replace("#/$defs/", DEFINITIONS)
    return value


def _message(topic: Topic) -> dict[str, Any]:
    return {
        "name": event_name(topic),
        "contentType": JSON_CONTENT_TYPE,
        "headers": _headers(topic),
        "payload": {"$ref": f"{DEFINITIONS}{event_name(topic)}"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": topic.key},
                "bindingVersion": BINDING_VERSION,
            }
        },
    }


def _headers(topic: Topic) -> dict[str, Any]:
    """CloudEvents in binary mode on public topics, `reading` on the bulk lane."""
    if topic.public:
        return _strings(
            {
                "ce_specversion": "1.0",
                "ce_id": "With the source, the event's identity for ever.",
                "ce_source": "Who says it.",
                "ce_type": topic.event_type,
                "ce_time": "RFC 3339, with a time zone.",
            },
            constants=("ce_specversion", "ce_type"),
        )
    if topic.event.rpartition(":")[2] in ("RowReceived", "RowJudged"):
        return _strings({READING_HEADER: READING_SENTENCE})
    return {"type": "object"}


def _strings(entries: dict[str, str], constants: tuple[str, ...] = ()) -> dict[str, Any]:
    """An object of required texts: constant ones, and ones that are described."""
    return {
        "type": "object",
        "required": list(entries),
        "properties": {
            name: {"type": "string", "const" if name in constants else "description": text}
            for name, text in entries.items()
        },
    }


def _dead_letter() -> dict[str, Any]:
    return {
        "name": "DeadLetter",
        "title": "The original bytes and headers, with what was wrong and where it stood.",
        "contentType": "application/octet-stream",
        "headers": _strings(DEAD_LETTER_HEADERS),
        "payload": {},
    }
