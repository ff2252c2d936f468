"""What Claude Code's settings files and environment may hold, per version (``claude_settings.json``, extracted)."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from mcp_server.catalogue.load import read_json

#: How the client reads a variable. ``bool``: on for 1, true, yes, on, else off; ``any``: on for every filled value;
#: ``int``: leading digits; ``list``: separated by commas; ``unknown``: read, but not declared with a type.
VariableType = Literal["text", "bool", "any", "int", "enum", "list", "unknown"]
#: Where a settings key counts: ``None`` is everywhere.
KeyScope = Literal["managed", "not-project"]


@dataclass(frozen=True)
class ClientVariable:
    """One environment variable. A number outside ``minimum`` … ``maximum`` is ignored, as is one that has more than
    digits when ``digits`` is set; an ``enum`` value outside ``values`` is ignored."""

    name: str
    type: VariableType
    versions: tuple[str, ...]
    minimum: int | None = None
    maximum: int | None = None
    digits: bool = False
    values: tuple[str, ...] = ()


def versions() -> tuple[str, ...]:
    """The measured versions, newest first."""
    return tuple(_data()["versions"])


def variable(name: str) -> ClientVariable | None:
    """The variable, ``None`` when no measured version reads it."""
    entry = _data()["variables"].get(name)
    if entry is None:
        return None
    return ClientVariable(
        name,
        entry.get("type", "unknown"),
        tuple(entry.get("versions", _data()["versions"])),
        entry.get("min"),
        entry.get("max"),
        entry.get("digits", False),
        tuple(entry.get("values", ())),
    )


@cache
def variable_names() -> frozenset[str]:
    """Every variable that some measured version reads."""
    return frozenset(_data()["variables"])


def schemas() -> dict[str, dict[str, Any]]:
    """Version → JSON schema of a settings file, newest first."""
    found: dict[str, dict[str, Any]] = _data()["settings"]
    return found


@cache
def key_versions() -> dict[str, tuple[str, ...]]:
    """Top-level key → the versions that read it. Keys that the client hides from its schema are included."""
    found: dict[str, list[str]] = {}
    for version, schema in schemas().items():
        for key in (*schema["properties"], *_data()["hidden"][version]):
            found.setdefault(key, []).append(version)
    return {key: tuple(names) for key, names in found.items()}


def key_scope(path: str) -> KeyScope | None:
    """Where the key at a dotted path counts."""
    return next((scope for scope, names in _data()["scopes"].items() if path in names), None)


def scoped_keys() -> dict[str, KeyScope]:
    """Dotted path → where it counts, for every key that does not count everywhere."""
    return {path: scope for scope, paths in _data()["scopes"].items() for path in paths}


def taken_from_user(path: str, value: object, keys: Container[str]) -> bool:
    """Whether the newest version takes this managed key from the user's own file too, with ``keys`` in the same file.

    ``forceLoginMethod`` "gateway" beside ``forceLoginGatewayUrl`` leads ``/login`` to a company's gateway (measured on
    2.1.330; 2.1.197 takes neither).
    """
    return path == "forceLoginMethod" and value == "gateway" and "forceLoginGatewayUrl" in keys


def not_in_project() -> frozenset[str]:
    """Variables that the newest version drops from the ``env`` of a project's settings files."""
    return frozenset(_data()["not_in_project"])


def costs_only_itself(key: str, *, null: bool = False) -> tuple[str, ...]:
    """The versions in which a wrong value (``null``: the value null) of this top-level key loses the key alone.

    In the others Claude Code ignores the whole file. In managed settings it is always the key alone.
    """
    groups = ("tolerant", "null_tolerant") if null else ("tolerant",)
    return tuple(v for v in versions() if any(key in _data()[group][v] for group in groups))


def _data() -> dict[str, Any]:
    data: dict[str, Any] = read_json("claude_settings.json")
    return data
