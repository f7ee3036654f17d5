from __future__ import annotations

from typing import Any

import pytest

from momoshtrem.faces.api.examples import make_example, with_examples

SCHEMAS = {"Movie": {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}}


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"type": "string", "examples": ["first", "second"]}, "first"),
        ({"type": "string", "enum": ["a", "b"]}, "a"),
        ({"type": "string", "const": "x"}, "x"),
        ({"type": "string", "default": ""}, ""),
        ({"type": "string", "format": "date"}, "2008-01-20"),
        ({"type": "boolean"}, True),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, 1),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Movie"}}, [{"id": 1}]),
        (
            {
                "type": "object",
                "properties": {"a": {"type": "array", "items": {"type": "integer"}, "default": []}},
            },
            {"a": [1]},
        ),
        (
            {
                "type": "object",
                "properties": {"a": {"type": "integer"}, "b": {"type": "string"}, "c": {"examples": [3]}},
                "required": ["a"],
            },
            {"a": 1, "c": 3},
        ),
    ],
)
def test_examples_fit_their_schemas(schema: dict[str, Any], example: object) -> None:
    assert make_example(schema, SCHEMAS) == example


@pytest.mark.parametrize("schema", [{"type": "string"}, {"type": "number"}, {}])
def test_what_gives_no_hint_is_an_error(schema: dict[str, Any]) -> None:
    with pytest.raises(LookupError):
        make_example(schema, SCHEMAS)


def test_answers_that_have_examples_keep_them() -> None:
    kept = {"schema": {"type": "string"}, "examples": {"one": {"value": "x"}}}
    bare = {"schema": {"$ref": "#/components/schemas/Movie"}}
    responses = {
        "200": {"content": {"application/json": bare}},
        "204": {"description": "Done."},
        "404": {"content": {"application/json": kept}},
    }
    document = {"paths": {"/": {"get": {"responses": responses}}}, "components": {"schemas": SCHEMAS}}
    with_examples(document)
    assert bare["example"] == {"id": 1}  # type: ignore[comparison-overlap]
    assert "example" not in kept
