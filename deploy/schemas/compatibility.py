"""Which changes of a printed schema break somebody who holds on to the old one."""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

from jsoncompat import check_compat

from deploy.schemas.events import Role

COMPONENTS = "#/components/schemas/"
METHODS = ("get", "put", "post", "patch", "delete")

_REFERENCE = re.compile(f'"{COMPONENTS}([^"]+)"')


def breaks(old: dict[str, Any], new: dict[str, Any], role: Role) -> bool:
    """`serializer`: old readers meet new messages; `deserializer`: new readers meet old ones.

    Who reads us passes over fields that he does not know. Who wrote the old ones wrote no other
    fields: without this a new optional one would clash with unknown ones of its name.
    """
    if role == "serializer":
        known, now = _state(old, additional=True), _state(new, additional=True)
    else:
        known, now = _state(old, additional=False), _state(new, additional=None)
    return not check_compat(json.dumps(known), json.dumps(now), role)


def _state(schema: Any, *, additional: bool | None) -> Any:
    """The schema with what it leaves unsaid; fields beside the named ones as stated if None.

    Tags of unions are always written, which is what makes exactly one of their kinds fit: the
    checker cannot find that by itself.
    """
    if isinstance(schema, list):
        return [_state(item, additional=additional) for item in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    entries = cast("dict[str, Any]", schema)
    stated = {
        "anyOf" if name == "oneOf" else name: _state(item, additional=additional)
        for name, item in entries.items()
    }
    fields = entries.get("properties")
    if entries.get("type") != "object" or not isinstance(fields, dict):
        return stated
    named = cast("dict[str, Any]", fields)
    tags = [name for name, item in named.items() if "const" in item]
    stated["required"] = sorted({*entries.get("required", []), *tags})
    if additional is not None:
        stated["additionalProperties"] = additional
    return stated


def find_api_breaks(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What a caller of the old document can no longer do, or would no longer understand."""
    return [
        f"{method.upper()} {path}: {problem}"
        for path, methods in old["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
        for problem in _find_operation_breaks(
            (operation, old), (new["paths"].get(path, {}).get(method), new)
        )
    ]


Operation = tuple[Any, dict[str, Any]]


def _find_operation_breaks(old: Operation, new: Operation) -> Iterator[str]:
    """Each side is an operation with its document."""
    if new[0] is None:
        yield "is gone"
        return
    yield from _find_parameter_breaks(old[0], new[0])
    for media, before in _body(old).items():
        after = _body(new).get(media)
        if after is None or breaks(before, after, "deserializer"):
            yield f"takes another body ({media})"
    for (status, media), before in _answers(old).items():
        after = _answers(new).get((status, media))
        if after is None or breaks(before, after, "serializer"):
            yield f"answers otherwise ({status} {media})"


def _find_parameter_breaks(old: Any, new: Any) -> Iterator[str]:
    before = {(item["in"], item["name"]): item for item in old.get("parameters", [])}
    after = {(item["in"], item["name"]): item for item in new.get("parameters", [])}
    for place, name in before.keys() - after.keys():
        yield f"has lost the parameter {name} ({place})"
    for key, item in after.items():
        was_required = key in before and before[key].get("required", False)
        if item.get("required", False) and not was_required:
            yield f"demands the parameter {key[1]} ({key[0]})"


def _body(operation: Operation) -> dict[str, dict[str, Any]]:
    content = operation[0].get("requestBody", {}).get("content", {})
    return {media: _whole(item, operation[1]) for media, item in content.items()}


def _answers(operation: Operation) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (status, media): _whole(item, operation[1])
        for status, answer in operation[0].get("responses", {}).items()
        if status.startswith("2")
        for media, item in answer.get("content", {}).items()
    }


def _whole(item: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """A schema with the definitions it refers to, as JSON Schema has them."""
    schemas = document.get("components", {}).get("schemas", {})
    text = json.dumps(item.get("schema", {}))
    needed: dict[str, str] = {}
    while missing := set(_REFERENCE.findall("".join([text, *needed.values()]))) - needed.keys():
        needed |= {name: json.dumps(schemas[name]) for name in missing}
    whole = {**json.loads(text), "$defs": {name: json.loads(t) for name, t in needed.items()}}
    return json.loads(json.dumps(whole).replace(COMPONENTS, "#/$defs/"))
