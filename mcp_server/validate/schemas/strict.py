"""Compares a tree with a schema whose reader refuses what it does not know: keys, types, values.

A schema is plain data (``catalogue/*_schema.json``), one of:

* ``{"type": "object", "keys": {name: schema}, "required": [name]}``
* ``{"type": "map", "values": schema}`` (any key), ``{"type": "list", "items": schema}``
* ``{"type": "string" | "number" | "boolean"}``, ``{"const": value}``, each with its limits
* ``{"any_of": [schema]}``, ``{"tag": key, "variants": {value: schema}}``, ``{"ref": name}``, ``{}`` (anything)

``"null": true`` beside any of them allows an empty value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from mcp_server.document.nodes import Entry, Mapping, Mark, Node, Scalar, Sequence, join

Schema = dict[str, Any]
Sort = Literal["unknown-key", "missing-key", "type", "value"]
#: Deeper than any schema: a schema that contains itself ends with the tree.
_LIMIT_WORDS = {
    "minimum": "at least {}",
    "exclusive_minimum": "greater than {}",
    "maximum": "at most {}",
    "exclusive_maximum": "less than {}",
}


@dataclass(frozen=True)
class Unknown:
    """The value of a reference that is filled in when the program starts: some text."""

    text: str


@dataclass(frozen=True)
class Defect:
    """One difference. ``name`` is the key it is about (unknown or missing), ``valid`` what could stand there."""

    sort: Sort
    path: str
    node: Node
    wanted: str
    entry: Entry | None = None
    name: str = ""
    valid: tuple[str, ...] = ()
    schema: Schema | None = None
    instead: tuple[str, ...] = ()
    """An unknown key that belongs to another of several alternatives: the required keys of each."""

    @property
    def mark(self) -> Mark:
        """The place of the value; of its key where the value is a block that begins on another line."""
        if self.entry is None or self.sort == "missing-key":
            return self.node.mark
        key = self.entry.key.mark
        same_line = isinstance(self.node, Scalar) or key.line == self.node.mark.line
        return key if self.sort == "unknown-key" or not same_line else self.node.mark


class Strict:
    """A schema with the way its reader understands scalars.

    ``value`` gives a scalar's value as that program's parser does; ``Unknown`` for a reference.
    """

    def __init__(self, root: Schema, value: Callable[[Scalar], Any], definitions: dict[str, Schema] | None = None):
        self.root = root
        self.value = value
        self.definitions = definitions or {}

    def check(self, node: Node, path: str = "", schema: Schema | None = None) -> Iterator[Defect]:
        """All defects below ``node``, in file order."""
        schema = self.root if schema is None else schema
        if schema.get("null") and isinstance(node, Scalar) and self.value(node) is None:
            return
        schema = self._resolved(schema)
        if "any_of" in schema:
            yield from self._any_of(node, path, schema["any_of"])
        elif "tag" in schema:
            yield from self._tagged(node, path, schema)
        elif "const" in schema or schema.get("type") in ("string", "number", "boolean"):
            yield from self._scalar(node, path, schema)
        elif schema.get("type") == "object":
            yield from self._object(node, path, schema)
        elif schema.get("type") == "map":
            yield from self._map(node, path, schema)
        elif schema.get("type") == "list":
            yield from self._list(node, path, schema)

    def _resolved(self, schema: Schema) -> Schema:
        while "ref" in schema:
            schema = self.definitions[schema["ref"]]
        return schema

    def _object(self, node: Node, path: str, schema: Schema) -> Iterator[Defect]:
        if not isinstance(node, Mapping):
            yield self._wrong_type(node, path, schema)
            return
        keys: dict[str, Schema] = schema["keys"]
        for name in schema["required"]:
            if name not in node:
                yield Defect("missing-key", path, node, self.wanted(keys[name]), name=name, schema=keys[name])
        for entry in node:
            if entry.name in keys:
                here = join(path, entry.name)
                for defect in self.check(entry.value, here, keys[entry.name]):
                    yield replace(defect, entry=entry) if defect.path == here and defect.entry is None else defect
            else:
                yield Defect(
                    *("unknown-key", join(path, entry.name), entry.value, ""),
                    entry=entry,
                    name=entry.name,
                    valid=tuple(keys),
                    schema=schema,
                )

    def _map(self, node: Node, path: str, schema: Schema) -> Iterator[Defect]:
        if not isinstance(node, Mapping):
            yield self._wrong_type(node, path, schema)
            return
        for entry in node:
            yield from self.check(entry.value, join(path, entry.name), schema["values"])

    def _list(self, node: Node, path: str, schema: Schema) -> Iterator[Defect]:
        if not isinstance(node, Sequence):
            yield self._wrong_type(node, path, schema)
            return
        least, most = schema.get("minimum", 0), schema.get("maximum")
        if len(node.items) < least:
            yield Defect("value", path, node, f"a list of at least {least} entr{'y' if least == 1 else 'ies'}")
        if most is not None and len(node.items) > most:
            yield Defect("value", path, node, f"a list of at most {most} entries")
        for index, item in enumerate(node.items):
            yield from self.check(item, f"{path}[{index}]", schema["items"])

    def _tagged(self, node: Node, path: str, schema: Schema) -> Iterator[Defect]:
        tag, variants = schema["tag"], schema["variants"]
        if not isinstance(node, Mapping):
            yield self._wrong_type(node, path, schema)
            return
        entry = node.entry(tag)
        if entry is None:
            yield Defect(
                *("missing-key", path, node, f"one of {', '.join(sorted(variants))}"),
                name=tag,
                valid=tuple(variants),
            )
            return
        value = self.value(entry.value) if isinstance(entry.value, Scalar) else None
        if isinstance(value, Unknown):
            return
        if value not in variants:
            yield Defect(
                *("value", join(path, tag), entry.value, f"one of {', '.join(sorted(variants))}"),
                entry=entry,
                valid=tuple(variants),
            )
            return
        yield from self.check(node, path, variants[value])

    def _any_of(self, node: Node, path: str, choices: list[Schema]) -> Iterator[Defect]:
        """Nothing when one choice fits; else the defects of the choice that was most likely meant."""
        tried = [(self._resolved(choice), list(self.check(node, path, choice))) for choice in choices]
        if any(not defects for _, defects in tried):
            return
        shaped = [(choice, defects) for choice, defects in tried if _same_shape(node, choice)]
        if not shaped:
            yield self._wrong_type(node, path, {"any_of": choices})
            return
        choice, defects = min(shaped, key=lambda pair: (-_shared(node, pair[0]), len(pair[1])))
        if isinstance(node, Mapping) and not _shared(node, choice):
            listed = [" with ".join(c["required"]) for c, _ in shaped if c.get("type") == "object"]
            for name in listed[:1]:
                yield Defect("missing-key", path, node, " or ".join(listed), name=name, valid=tuple(listed))
            defects = [d for d in defects if d.sort == "unknown-key"]
        others = {key for other, _ in shaped if other is not choice for key in other.get("keys", ())}
        names = tuple(" with ".join(c["required"]) for c, _ in shaped if c.get("required"))
        for defect in defects:
            alien = defect.sort == "unknown-key" and defect.path == join(path, defect.name) and defect.name in others
            yield replace(defect, instead=names) if alien else defect

    def _scalar(self, node: Node, path: str, schema: Schema) -> Iterator[Defect]:
        value = self.value(node) if isinstance(node, Scalar) else node
        kind = schema.get("type")
        if isinstance(value, Unknown):
            if kind == "string" or schema.get("reads_text"):
                return
            yield self._wrong_type(node, path, schema)
            return
        if kind == "number" and schema.get("reads_text"):
            value = as_number(value)
        fits = (
            value == schema["const"] and type(value) is type(schema["const"])
            if "const" in schema
            else (isinstance(value, str) and kind == "string")
            or (isinstance(value, bool) and kind == "boolean")
            or (isinstance(value, (int, float)) and not isinstance(value, bool) and kind == "number")
        )
        if not fits:
            yield self._wrong_type(node, path, schema)
        elif not _within(value, schema):
            valid = tuple(str(v) for v in schema.get("enum", ()))
            yield Defect("value", path, node, self.wanted(schema), valid=valid, schema=schema)

    def _wrong_type(self, node: Node, path: str, schema: Schema) -> Defect:
        return Defect("type", path, node, self.wanted(schema), schema=schema)

    def wanted(self, schema: Schema) -> str:
        """What must stand at a place, in words."""
        schema = self._resolved(schema)
        if "const" in schema:
            return {True: "true", False: "false"}.get(schema["const"], str(schema["const"]))
        if "any_of" in schema:
            return " or ".join(dict.fromkeys(self.wanted(choice) for choice in schema["any_of"]))
        if "enum" in schema:
            return f"one of {', '.join(map(str, schema['enum']))}"
        kind = schema.get("type")
        if kind == "number":
            limits = [w.format(schema[k]) for k, w in _LIMIT_WORDS.items() if k in schema]
            return " ".join(["a whole number" if schema.get("integer") else "a number", " and ".join(limits)]).strip()
        if kind == "string":
            least, most = schema.get("minimum", 0), schema.get("maximum")
            size = f" of at least {least} characters" if least > 1 else " that is not empty" if least else ""
            size += f" of at most {most} characters" if most else ""
            return {"url": "a complete URL", "email": "an e-mail address"}.get(schema.get("format", ""), f"text{size}")
        return {"boolean": "true or false", "list": "a list", "object": "a mapping", "map": "a mapping"}.get(
            str(kind), "a mapping" if "tag" in schema else "a value"
        )

    def homes(self, name: str) -> list[str]:
        """The paths of sections that have a key of this name."""
        return sorted(set(self._homes(name, self.root, "", 8)))

    def _homes(self, name: str, schema: Schema, path: str, depth: int) -> Iterator[str]:
        schema = self._resolved(schema)
        if depth == 0:
            return
        for choice in [*schema.get("any_of", ()), *schema.get("variants", {}).values()]:
            yield from self._homes(name, choice, path, depth - 1)
        if schema.get("type") == "list":
            yield from self._homes(name, schema["items"], f"{path}[]", depth - 1)
        if schema.get("type") == "object":
            if name in schema["keys"]:
                yield path
            for key, below in schema["keys"].items():
                yield from self._homes(name, below, join(path, key), depth - 1)


def as_number(value: Any) -> Any:
    """A value as JavaScript's ``Number()`` reads it; what is no number stays as it is."""
    if value is None or value == "":
        return 0
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        text = value.strip()
        try:
            return int(text, 0) if text[:2].lower() in ("0x", "0o", "0b") else float(text) if "_" not in text else value
        except ValueError:
            return value
    return value


def _within(value: Any, schema: Schema) -> bool:
    if "enum" in schema and value not in schema["enum"]:
        return False
    size = len(value) if isinstance(value, str) else value
    if schema.get("integer") and isinstance(value, float) and not value.is_integer():
        return False
    if "minimum" in schema and not size >= schema["minimum"]:
        return False
    if "exclusive_minimum" in schema and not size > schema["exclusive_minimum"]:
        return False
    if "maximum" in schema and not size <= schema["maximum"]:
        return False
    return not ("exclusive_maximum" in schema and not size < schema["exclusive_maximum"])


def _same_shape(node: Node, schema: Schema) -> bool:
    kind = schema.get("type")
    if isinstance(node, Mapping):
        return kind in ("object", "map") or "tag" in schema
    if isinstance(node, Sequence):
        return kind == "list"
    return kind in ("string", "number", "boolean") or "const" in schema


def _shared(node: Node, schema: Schema) -> int:
    """How many keys of the mapping the schema knows."""
    if not isinstance(node, Mapping):
        return 0
    if "tag" in schema:
        return 1
    return sum(1 for entry in node if entry.name in schema.get("keys", ()))
