"""Python annotations as facts about a YAML value: types by their JSON names, allowed values, what a list holds."""

from __future__ import annotations

import collections.abc
import dataclasses
import datetime
import enum
import sys
import types
import typing
from typing import Any

_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", datetime.datetime: "string"}
_LISTS = (list, tuple, set, frozenset, collections.abc.Sequence, collections.abc.Iterable, collections.abc.Set)
_MAPPINGS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)
_WRAPPERS = {"Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly"}
#: The order in which types are written.
ORDER = ("boolean", "integer", "number", "string", "array", "object")


@dataclasses.dataclass
class Shape:
    """``kinds`` is empty when any value will do. ``fields``, ``item_fields`` and ``value_fields`` are the class whose
    fields the mapping itself, the items of the list, or the values of the mapping have."""

    kinds: set[str] = dataclasses.field(default_factory=set)
    values: list[Any] = dataclasses.field(default_factory=list)
    item: Shape | None = None
    value: Shape | None = None
    fields: Any = None
    anything: bool = False

    def facts(self) -> dict[str, Any]:
        """As data: ``type`` (a name, or a list of names), ``values``, ``items``."""
        if self.anything or not self.kinds:
            return {}
        kinds = [k for k in ORDER if k in self.kinds and not (k == "integer" and "number" in self.kinds)]
        found: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds}
        if self.values:
            found["values"] = sorted(set(self.values), key=self.values.index)
        if self.item and (inner := self.item.facts()):
            found["items"] = inner
        return found


def shape(annotation: Any) -> Shape:
    """The shape of a runtime annotation; names that cannot be resolved stand for anything."""
    if annotation is None or annotation is type(None):
        return Shape()
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return _literal([member.value for member in annotation])
    if annotation in _PLAIN:
        return Shape({_PLAIN[annotation]})
    if isinstance(annotation, type) and has_fields(annotation):
        return Shape({"object"}, fields=annotation)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if _is_wrapper(annotation, origin):
        return shape(arguments[0]) if arguments else Shape(anything=True)
    if origin is typing.Literal or getattr(origin, "__name__", "") == "Literal":
        return _literal([getattr(a, "value", a) for a in arguments])
    if origin in (typing.Union, types.UnionType):
        return _union([shape(a) for a in arguments])
    bare = origin or annotation
    if bare in _LISTS:
        return Shape({"array"}, item=shape(arguments[0]) if arguments else None)
    if bare in _MAPPINGS:
        return Shape({"object"}, value=shape(arguments[1]) if len(arguments) > 1 else None)
    if isinstance(annotation, type) and annotation.__module__.partition(".")[0] in ("httpx", "redis"):
        return Shape()  # an object that no YAML value can be: the other members of the union count
    return Shape(anything=True)


def _is_wrapper(annotation: Any, origin: Any) -> bool:
    names = {getattr(x, "_name", None) or getattr(x, "__name__", None) for x in (origin, annotation) if x is not None}
    return bool(names & _WRAPPERS) or hasattr(annotation, "__metadata__")


def _literal(values: list[Any]) -> Shape:
    kinds = {_PLAIN.get(type(v), "string") for v in values if v is not None}
    return Shape(kinds, [v for v in values if isinstance(v, (str, int, float))])


def _union(members: list[Shape]) -> Shape:
    members = [m for m in members if m.kinds or m.anything]
    free = {k for m in members if not m.values for k in m.kinds}
    # Values count only where no member takes any text: `Literal["a"] | str` takes all of them.
    values = [] if "string" in free else [v for m in members for v in m.values]
    return Shape(
        {k for m in members for k in m.kinds},
        values,
        next((m.item for m in members if m.item), None),
        next((m.value for m in members if m.value), None),
        next((m.fields for m in members if m.fields), None),
        any(m.anything for m in members),
    )


def has_fields(kind: Any) -> bool:
    return hasattr(kind, "model_fields") or (
        isinstance(kind, type) and issubclass(kind, dict) and hasattr(kind, "__total__")
    )


def hints(holder: Any, names: dict[str, Any] | None = None) -> dict[str, Any]:
    """Annotations of a class, function or module, each resolved on its own: one that names what is imported for type
    checkers only stays text, and the others count."""
    try:
        return typing.get_type_hints(holder, include_extras=True)
    except (NameError, TypeError, AttributeError):
        pass
    found = {}
    space = names or vars(sys.modules[holder.__module__])
    for name, annotation in getattr(holder, "__annotations__", {}).items():
        one = type("One", (), {"__annotations__": {name: annotation}})
        try:
            found[name] = typing.get_type_hints(one, globalns=space, include_extras=True)[name]
        except (NameError, TypeError, AttributeError):
            found[name] = annotation
    return found
