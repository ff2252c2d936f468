"""The schemas of the tools as short as they can be and stay true: every client pays for them in every session."""

from __future__ import annotations

from functools import cache
from typing import Any

from mcp_server.answer import Answer


def compact(schema: Any) -> Any:
    """The same JSON Schema without what no reader needs: generated titles, defaults, ``null`` alternatives."""
    if isinstance(schema, list):
        return [compact(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "anyOf" in schema:
        # Answers leave out what is null, so an optional field is one that may be absent.
        (only,) = [branch for branch in schema["anyOf"] if branch.get("type") != "null"]
        return compact(only)
    kept = {}
    for key, value in schema.items():
        if key == "properties":
            kept[key] = {name: compact(field) for name, field in value.items()}
        elif key not in ("title", "default", "additionalProperties"):
            kept[key] = compact(value)
    return kept


@cache
def output_schema() -> dict[str, Any]:
    """The Answer's schema: what a client needs to read the structured result.

    Every Answer is valid against it. What an Answer must have inside its parts, and the parts of ``where``, are left
    to the server, which checks each Answer against the whole model before it is sent.
    """
    schema = Answer.model_json_schema()
    parts = schema.pop("$defs")

    def inline(node: Any) -> Any:
        if isinstance(node, list):
            return [inline(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return inline(parts[node["$ref"].rpartition("/")[2]])
        return {k: inline(v) for k, v in node.items() if k != "description" or not isinstance(v, str)}

    whole = compact(inline(schema))
    return {**whole, "properties": {name: _brief(field) for name, field in whole["properties"].items()}}


def _brief(field: dict[str, Any], *, inside: bool = False) -> dict[str, Any]:
    if "enum" in field:
        return {"enum": field["enum"]}
    if field["type"] == "array":
        return {"type": "array", "items": _brief(field["items"])}
    if field["type"] == "object" and not inside:
        return {"properties": {name: _brief(part, inside=True) for name, part in field["properties"].items()}}
    return {"type": field["type"]}
