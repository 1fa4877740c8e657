"""The body of `POST /v1/imports` in the API's document; FastAPI does not see it, as it is
streamed.
"""

from typing import Any, cast

from pydantic import BaseModel

from contracts.api.imports import ImportConfig, JsonImport


def describe_upload() -> dict[str, Any]:
    """The `openapi_extra` of the route: a file with its config, or one JSON body."""
    form = {
        "type": "object",
        "required": ["config", "file"],
        "properties": {
            "config": _describe(ImportConfig),
            "file": {"type": "string", "format": "binary"},
        },
    }
    return {
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": form,
                    "encoding": {"config": {"contentType": "application/json"}},
                },
                "application/json": {"schema": _describe(JsonImport)},
            },
        }
    }


def _describe(model: type[BaseModel]) -> dict[str, Any]:
    """The model's schema in one piece: its definitions have no place of their own in there."""
    schema = model.model_json_schema()
    return _inline(schema, schema.pop("$defs", {}))


def _inline(value: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_inline(item, definitions) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    entries = cast("dict[str, Any]", value)
    reference = entries.get("$ref")
    if reference is None:
        return {name: _inline(item, definitions) for name, item in entries.items()}
    siblings = {name: item for name, item in entries.items() if name != "$ref"}
    meant: dict[str, Any] = definitions[reference.rpartition("/")[2]]
    return _inline({**meant, **siblings}, definitions)
