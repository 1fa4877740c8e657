"""What counts as a breaking change, of a message and of the API."""

import copy
from typing import Any

import pytest

from deploy.schemas.compatibility import breaks, find_api_breaks
from deploy.schemas.events import Role

OLD: dict[str, Any] = {
    "type": "object",
    "required": ["id", "state"],
    "properties": {
        "id": {"type": "integer"},
        "state": {"type": "string", "enum": ["open", "closed"]},
        "note": {"type": "string"},
    },
}
BOTH = {"serializer", "deserializer"}


def changed(**properties: Any) -> dict[str, Any]:
    new = copy.deepcopy(OLD)
    for name, schema in properties.items():
        if schema is None:
            del new["properties"][name]
            new["required"] = [item for item in new["required"] if item != name]
        else:
            new["properties"][name] = schema
    return new


@pytest.mark.parametrize(
    ("new", "broken"),
    [
        (OLD, set()),
        (changed(extra={"type": "string"}), set()),
        (changed(id=None), {"serializer"}),
        (changed(id={"type": "string"}), BOTH),
        (changed(state={"type": "string", "enum": ["open"]}), {"deserializer"}),
        (changed(state={"type": "string", "enum": ["open", "closed", "new"]}), {"serializer"}),
        (
            {**changed(extra={"type": "string"}), "required": ["id", "state", "extra"]},
            {"deserializer"},
        ),
        ({**OLD, "required": ["id", "state", "note"]}, {"deserializer"}),
        ({**OLD, "required": ["id"]}, {"serializer"}),
        ({"type": "array"}, BOTH),
    ],
)
def test_a_change_breaks_those_who_read_or_those_who_write(
    new: dict[str, Any], broken: set[Role]
) -> None:
    roles: tuple[Role, Role] = ("serializer", "deserializer")
    assert {role for role in roles if breaks(OLD, new, role)} == broken


def test_a_new_field_of_an_answer_that_names_all_its_fields_breaks_nobody() -> None:
    old = {**OLD, "additionalProperties": False}
    new = {**changed(extra={"type": "string"}), "additionalProperties": False}
    assert not breaks(old, new, "serializer")
    assert not breaks(old, new, "deserializer")


def test_a_field_that_is_not_taken_any_more_breaks_those_who_write_it() -> None:
    old = {**OLD, "additionalProperties": False}
    new = {**changed(note=None), "additionalProperties": False}
    assert breaks(old, new, "deserializer")


def api(
    *, answer: dict[str, Any] | None = None, body: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A document with one operation, whose schemas are referred to."""
    operation = {
        "parameters": more.get("parameters", [{"in": "query", "name": "limit"}]),
        "requestBody": {
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ask"}}}
        },
        "responses": {
            "200": {
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}}
            },
            "422": {"content": {"application/json": {"schema": {}}}},
        },
    }
    return {
        "paths": {more.get("path", "/v1/things"): {more.get("method", "post"): operation}},
        "components": {"schemas": {"Ask": body or OLD, "Answer": answer or OLD}},
    }


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        (api(), None),
        (api(body=changed(extra={"type": "string"})), None),
        (api(answer=changed(extra={"type": "string"})), None),
        (api(parameters=[{"in": "query", "name": n} for n in ("limit", "sort")]), None),
        (api(path="/v1/others"), "is gone"),
        (api(method="put"), "is gone"),
        (api(parameters=[]), "has lost the parameter limit (query)"),
        (
            api(parameters=[{"in": "query", "name": "limit", "required": True}]),
            "demands the parameter limit (query)",
        ),
        (
            api(body={**OLD, "required": ["id", "state", "note"]}),
            "takes another body (application/json)",
        ),
        (api(answer=changed(id=None)), "answers otherwise (200 application/json)"),
    ],
)
def test_a_change_of_the_api_is_named(new: dict[str, Any], problem: str | None) -> None:
    expected = [] if problem is None else [f"POST /v1/things: {problem}"]
    assert find_api_breaks(api(), new) == expected
