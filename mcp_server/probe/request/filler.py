"""Our own words and tool schemas, as long and as varied as the client's: what a real request is padded with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mcp_server.catalogue.shapes import ToolShape

_SENTENCES = (
    "This paragraph only gives the request its usual length and asks for nothing.",
    "It was written for a connection test and describes an imaginary warehouse by a river.",
    "Crates arrive by barge in the morning and leave by cart before the evening bell.",
    "Each shelf has a number, each crate has a label, and the labels are read twice.",
    "Paper records are kept in the north room, where the light is good and the floor is dry.",
    "When a crate is damaged, a clerk writes a note and the note travels with the crate.",
    "Nothing in this description needs an answer; the last user message says what to do.",
)
_VERBS = ("count", "label", "move", "open", "record", "seal", "sort", "stack", "weigh")
_NOUNS = ("barrels", "bundles", "crates", "pallets", "parcels", "sacks")
_PLACES = ("shelf", "room", "dock", "cart", "owner", "note", "weight", "colour", "origin", "target", "moment")

_PLAIN: Mapping[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
}
#: One property for each schema keyword that the client's tools use.
_FEATURES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("enum", {"type": "string", "enum": ["slow", "steady", "quick"]}),
    ("default", {"type": "string", "default": "steady"}),
    ("exclusiveMinimum", {"type": "integer", "exclusiveMinimum": 0, "maximum": 9007199254740991}),
    ("minimum", {"type": "integer", "minimum": 0, "maximum": 9007199254740991}),
    ("minLength", {"type": "string", "minLength": 2}),
    ("maxLength", {"type": "string", "maxLength": 2000}),
    ("pattern", {"type": "string", "pattern": "^[a-z0-9_-]{1,64}$"}),
    ("format", {"type": "string", "format": "uri"}),
    ("anyOf", {"anyOf": [{"type": "string", "enum": ["open", "closed"]}, {"type": "string", "const": "gone"}]}),
    ("allOf", {"type": "string", "allOf": [{"pattern": "^[^\\n]*$"}, {"pattern": "\\S"}]}),
    (
        "propertyNames",
        {"type": "object", "propertyNames": {"type": "string"}, "additionalProperties": {"type": "string"}},
    ),
)


def text(characters: int) -> str:
    """Exactly ``characters`` characters of harmless prose."""
    whole = " ".join(_SENTENCES)
    repeated = "\n".join([whole] * (characters // len(whole) + 1))
    return repeated[:characters].rstrip().ljust(characters, ".")


def tool(shape: ToolShape, number: int) -> dict[str, Any]:
    """A tool definition of ours with the sizes and schema features of one of the client's."""
    verb, noun = _VERBS[number % len(_VERBS)], _NOUNS[number // len(_VERBS) % len(_NOUNS)]
    definition: dict[str, Any] = {
        "name": f"{verb}_{noun}",
        "description": text(shape.description_characters),
        "input_schema": _schema(shape.schema),
    }
    return {**definition, **shape.extra}


def _schema(features: Mapping[str, Any]) -> dict[str, Any]:
    keywords: Mapping[str, int] = features["keywords"]
    wanted = [dict(example) for keyword, example in _FEATURES if keyword in keywords]
    kinds = [kind for kind, count in features["types"].items() if kind in _PLAIN for _ in range(count)]
    missing = features["properties"] - len(wanted) - (1 if "items" in keywords else 0)
    wanted += [dict(_PLAIN[kind]) for kind in (kinds or ["string"]) * (missing or 1)][: max(missing, 0)]
    properties = {_property(index): part for index, part in enumerate(wanted)}
    if "items" in keywords:
        properties = {"entries": _array(properties, features)}
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if "required" in keywords:
        schema["required"] = list(properties)[:1]
    if "additionalProperties" in keywords:
        schema["additionalProperties"] = False
    if "$schema" in keywords:
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    _pad(schema, features["bytes"])
    return schema


def _array(inner: dict[str, Any], features: Mapping[str, Any]) -> dict[str, Any]:
    """An array property; where the client nests objects in it, ours does too."""
    item: dict[str, Any] = {"type": "string"}
    if features["depth"] > 3 or inner:
        item = {"type": "object", "properties": inner, "required": list(inner)[:1], "additionalProperties": False}
    array: dict[str, Any] = {"type": "array", "items": item}
    if "maxItems" in features["keywords"]:
        array["maxItems"] = 32
    return array


def _property(index: int) -> str:
    name = _PLACES[index % len(_PLACES)]
    return name if index < len(_PLACES) else f"{name}_{index // len(_PLACES) + 1}"


def _pad(schema: dict[str, Any], size: int) -> None:
    """Give the properties descriptions until the schema has about ``size`` characters of JSON."""
    properties = list(schema["properties"].values())
    room = size - len(json.dumps(schema)) - len(', "description": ""') * len(properties)
    if not properties or room <= 0:
        return
    for part in properties:
        part["description"] = text(max(room // len(properties), 1))
