"""The JSON Schema that editors use for LiteLLM configurations, from the data that the rules use.

Draft 7: what yaml-language-server understands whole. It is more tolerant than the rules, because an editor has no
second level of severity: references to the environment stand for any value, numbers may be in quotes, and unknown keys
are refused only where LiteLLM ignores them.
"""

from __future__ import annotations

from typing import Any

from mcp_server.validate.schemas.litellm_schema import Key, Schema, known_releases, pinned_release, schema
from mcp_server.validate.schemas.sections import CHECKED, NESTED, PLACES

_REFERENCE = r"os\.environ/.+"
_NUMBER = rf"^({_REFERENCE}|\s*[+-]?(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?\s*)$"
#: YAML 1.1, which LiteLLM reads, has more words for flags than the YAML of most editors.
_FLAG = rf"^({_REFERENCE}|[Tt]rue|TRUE|[Ff]alse|FALSE|[Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF|[01])$"
#: Keys at these places change nothing when LiteLLM does not know them, so an editor may warn.
CLOSED = ("top", "general_settings", "litellm_settings", "router_settings", "model_entry", *NESTED)
#: Sections that LiteLLM does not take without their required keys.
REQUIRING = (*CHECKED, "guardrails[]")
_FALLBACKS = {"type": "object", "minProperties": 1, "maxProperties": 1}
#: What the program checks and no annotation says: seen by running it.
_ITEMS = dict.fromkeys(("fallbacks", "context_window_fallbacks", "content_policy_fallbacks"), _FALLBACKS)


def editor_schema() -> dict[str, Any]:
    """The schema of the pinned release, with the keys that newer known releases read as well."""
    pinned = schema(pinned_release())
    newer = [schema(r) for r in reversed(known_releases()[: known_releases().index(pinned.version)])]
    root = _section("top", [pinned, *newer])
    # Anchors for merge keys have to stand somewhere; names like these are no slips.
    root["patternProperties"] = {"^[x._-]": {}}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "LiteLLM proxy configuration",
        "$comment": f"Generated from LiteLLM {pinned.version}; regenerate with maintenance/docs.py.",
        **root,
    }


def _section(section: str, releases: list[Schema]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required = []
    for release in releases:
        for name in sorted(release.keys(section) - properties.keys()):
            key = release.key(section, name) or Key()
            properties[name] = _property(section, name, key, releases)
            if release is not releases[0]:
                properties[name]["description"] = f"read by LiteLLM {release.version}, not yet by {releases[0].version}"
            elif key.required and section in REQUIRING:
                required.append(name)
    if section == "model_entry":
        required = ["litellm_params", "model_name"]
    elif section == "litellm_params":
        required = ["model"]
    found: dict[str, Any] = {"type": ["object", "null"] if section != "top" else "object", "properties": properties}
    if required:
        found["required"] = required
    if section in CLOSED:
        found["additionalProperties"] = False
    return found


def _property(section: str, name: str, key: Key, releases: list[Schema]) -> dict[str, Any]:
    found = _value(key)
    place = name if section == "top" else f"{section}.{name}"
    inner = {suffix: _nested(place + suffix, releases) for suffix in ("", "[]", ".*")}
    if inner[""]:
        found = {**inner[""], "type": sorted({*found.get("type", []), "object", "null"})}
    if inner["[]"]:
        found["items"] = inner["[]"]
    if inner[".*"]:
        found["additionalProperties"] = _or_text(key, inner[".*"])
    if name in _ITEMS:
        found["items"] = _ITEMS[name]
    if place == "environment_variables":
        found["additionalProperties"] = {"type": ["string", "number", "boolean", "null"]}
    if key.default is not None:
        found["default"] = key.default
    return found


def _nested(place: str, releases: list[Schema]) -> dict[str, Any] | None:
    """The section that stands at a place, whether it goes by that name or by one of its own."""
    by_place = {place_: section for section, place_ in PLACES.items() if place_}
    section = by_place.get(place) or by_place.get(place.replace("model_entry", "model_list[]", 1)) or place
    if section == "top" or section not in releases[0].sections:
        return None
    return _section(section, releases)


def _or_text(key: Key, value: dict[str, Any]) -> dict[str, Any]:
    """Values of an open mapping are often a shorthand text (``alias: model``) or the long form."""
    return {**value, "type": sorted({*value.get("type", []), "string"})} if "object" in key.types else value


def _value(key: Key) -> dict[str, Any]:
    if not key.types:
        return {}
    if key.values and not {"array", "object"} & set(key.types):
        return {"anyOf": [{"enum": [*key.values, None]}, {"type": "string", "pattern": f"^{_REFERENCE}"}]}
    types = {*key.types, "string", "null"}
    found: dict[str, Any] = {}
    if "string" in key.types:
        types |= {"number", "boolean"}  # LiteLLM takes most numbers for texts; the rules know where it does not
    elif {"integer", "number"} & set(key.types):
        types |= {"number", "boolean"}
        found["pattern"] = _NUMBER
    elif "boolean" in key.types:
        found["pattern"] = _FLAG
        types |= {"integer"}
    else:
        found["pattern"] = f"^{_REFERENCE}"
    if "number" in types:
        types.discard("integer")
    found["type"] = sorted(types)
    if key.items and (item := _value(key.items)):
        found["items"] = item
    return found
