"""Examples for OpenAPI: put together out of those that the fields of a schema have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

REFERENCE = "#/components/schemas/"
BY_FORMAT = {"date": "2008-01-20", "date-time": "2026-01-02T03:04:05Z"}
BY_TYPE: dict[str, Any] = {"integer": 1, "boolean": True, "null": None}


def make_example(schema: Schema, schemas: Schema) -> Any:
    """A value that fits the schema. Raises LookupError where a field gives no hint at what it may hold."""
    if reference := schema.get("$ref"):
        return make_example(schemas[reference.removeprefix(REFERENCE)], schemas)
    for given in ("examples", "enum"):
        if given in schema:
            return schema[given][0]
    for given in ("const", "default"):
        if given in schema and schema[given] != []:
            return schema[given]
    if "anyOf" in schema:
        return make_example(schema["anyOf"][0], schemas)
    return _make_by_type(schema, schemas)


def _make_by_type(schema: Schema, schemas: Schema) -> Any:
    match schema.get("type"):
        case "object":
            return {
                name: make_example(field, schemas)
                for name, field in schema["properties"].items()
                if name in schema.get("required", ()) or "examples" in field or field.get("type") == "array"
            }
        case "array":
            return [make_example(schema["items"], schemas)]
        case "string":
            return BY_FORMAT[schema["format"]]
        case other:
            return BY_TYPE[str(other)]


def with_examples(openapi: dict[str, Any]) -> dict[str, Any]:
    """Each answer in JSON gets an example, where it has none."""
    schemas = openapi["components"]["schemas"]
    for operations in openapi["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                content = response.get("content", {}).get("application/json")
                if content and "examples" not in content:
                    content.setdefault("example", make_example(content["schema"], schemas))
    return openapi
