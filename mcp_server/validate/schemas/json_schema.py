"""Judges nodes by a JSON schema (the part of the language that Claude Code's schema uses)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from mcp_server.document.nodes import Entry, Mapping, Node, Scalar, Sequence, join

Schema = dict[str, Any]


class Violation(NamedTuple):
    """``node`` at ``path`` is not what the schema wants. ``expected`` completes "must be …"; ``key``: the name of
    the entry is wrong, not its value; ``nearest``: candidates for the value, when it is one of a list."""

    path: str
    node: Node
    expected: str
    key: bool = False
    choices: tuple[str, ...] = ()


def violations(schema: Schema, node: Node, path: str = "") -> Iterator[Violation]:
    """Every place below ``node`` that the schema refuses. Unknown keys are no violation (``unknown_keys``)."""
    if "anyOf" in schema:
        yield from _any_of(schema["anyOf"], node, path)
        return
    if "not" in schema:
        return
    if "type" in schema and not _has_type(schema["type"], node):
        yield Violation(path, node, _TYPES[schema["type"]])
        return
    if isinstance(node, Mapping):
        yield from _mapping(schema, node, path)
    elif isinstance(node, Sequence):
        if len(node.items) < schema.get("minItems", 0):
            yield Violation(path, node, f"a list of at least {schema['minItems']}")
        for index, item in enumerate(node.items):
            yield from violations(schema.get("items", {}), item, f"{path}[{index}]")
    elif isinstance(node, Scalar):
        yield from _scalar(schema, node, path)


def unknown_keys(schemas: list[Schema], node: Node, path: str = "") -> Iterator[tuple[str, Entry, tuple[str, ...]]]:
    """Keys that none of ``schemas`` (of one place, in several versions) knows: path of the parent, entry, known names.

    Maps with free names, and places where several kinds of objects may stand, know every key.
    """
    if isinstance(node, Sequence):
        items = [s["items"] for s in schemas if "items" in s]
        for index, item in enumerate(node.items if items else ()):
            yield from unknown_keys(items, item, f"{path}[{index}]")
    if not isinstance(node, Mapping):
        return
    objects = [found for s in schemas for found in _objects(s)]
    named = [s for s in objects if s.get("properties")]
    if named and len(named) <= len(schemas):
        known = tuple(sorted({name for s in named for name in s["properties"]}))
        for entry in node:
            below = [s["properties"][entry.name] for s in named if entry.name in s["properties"]]
            if below:
                yield from unknown_keys(below, entry.value, join(path, entry.name))
            else:
                yield path, entry, known
    elif not named:
        free = [s["additionalProperties"] for s in objects if isinstance(s.get("additionalProperties"), dict)]
        for entry in node if free else ():
            yield from unknown_keys(free, entry.value, join(path, entry.name))


def _objects(schema: Schema) -> Iterator[Schema]:
    for one in schema.get("anyOf", (schema,)):
        if one.get("type") == "object":
            yield one


def _any_of(branches: list[Schema], node: Node, path: str) -> Iterator[Violation]:
    found = [list(violations(branch, node, path)) for branch in branches if "not" not in branch]
    if not all(found):
        return
    # The branch that was meant: the one whose constant (a "type" or "source") the object carries, else the nearest.
    fitting = [bad for bad in found if not any(v.path == path or _constant(branches, v, path) for v in bad)]
    if fitting:
        yield from min(fitting, key=len)
        return
    words = list(dict.fromkeys(v.expected for bad in found for v in bad if v.path == path))
    names = tuple(dict.fromkeys(name for bad in found for v in bad if v.path == path for name in v.choices))
    if words:
        yield Violation(path, node, " or ".join(words), choices=names)
    else:
        yield min(found, key=len)[0]


def _constant(branches: list[Schema], violation: Violation, path: str) -> bool:
    name = violation.path.removeprefix(path).lstrip(".")
    return any("const" in b.get("properties", {}).get(name, {}) for b in branches)


def _mapping(schema: Schema, node: Mapping, path: str) -> Iterator[Violation]:
    properties, names = schema.get("properties", {}), schema.get("propertyNames", {})
    for name in schema.get("required", ()):
        if name not in node:
            yield Violation(path, node, f"an object with {name}")
    extra = schema.get("additionalProperties")
    for entry in node:
        here = join(path, entry.name)
        choices = tuple(names.get("enum", ()))
        if choices and entry.name not in choices:
            yield Violation(here, entry.key, f"one of {', '.join(choices)}", key=True, choices=choices)
        elif entry.name in properties:
            yield from violations(properties[entry.name], entry.value, here)
        elif isinstance(extra, dict):
            yield from violations(extra, entry.value, here)


def _scalar(schema: Schema, node: Scalar, path: str) -> Iterator[Violation]:
    value = node.value
    choices = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
    if choices is not None and value not in choices:
        words = " or ".join(f'"{c}"' if isinstance(c, str) else str(c) for c in choices)
        yield Violation(path, node, words, choices=tuple(c for c in choices if isinstance(c, str)))
    elif isinstance(value, str):
        if len(value) < schema.get("minLength", 0):
            yield Violation(path, node, "filled text")
        elif not _matches(schema.get("pattern", ""), value):
            yield Violation(path, node, "text of the form that this key wants")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
        high, below = schema.get("maximum"), schema.get("exclusiveMaximum")
        if (low is not None and value < low) or (above is not None and value <= above):
            yield Violation(path, node, f"at least {low}" if low is not None else f"more than {above}")
        elif (high is not None and value > high) or (below is not None and value >= below):
            yield Violation(path, node, f"at most {high}" if high is not None else f"less than {below}")


@lru_cache(maxsize=256)
def _matches(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value[:2_000]) is not None
    except re.error:  # a form that only JavaScript knows
        return True


_TYPES = {
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def _has_type(name: str, node: Node) -> bool:
    if name == "object":
        return isinstance(node, Mapping)
    if name == "array":
        return isinstance(node, Sequence)
    value = node.value if isinstance(node, Scalar) else ...
    if name in ("integer", "number"):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        return name == "number" or isinstance(value, int) or value.is_integer()
    return isinstance(value, {"string": str, "boolean": bool, "null": type(None)}[name])
