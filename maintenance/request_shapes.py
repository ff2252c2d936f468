"""The shape of one request of the client: names, types, counts, sizes and protocol values; no text of it (pure)."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

#: Body fields whose value is protocol, not prompt.
PROTOCOL_FIELDS = (
    "max_tokens",
    "thinking",
    "context_management",
    "output_config",
    "stream",
    "temperature",
    "anthropic_version",
    "anthropic_beta",
)
#: Headers whose value is the same on every machine.
FIXED_HEADERS = (
    "accept",
    "anthropic-dangerous-direct-browser-access",
    "anthropic-version",
    "content-type",
    "x-app",
    "x-stainless-lang",
    "x-stainless-package-version",
    "x-stainless-retry-count",
    "x-stainless-runtime",
    "x-stainless-timeout",
)
#: Sizes that depend on the machine's paths and on the day.
SIZES = ("characters", "body_bytes")
#: Headers of the transport or of the credential: not part of the dialect.
OTHER_HEADERS = ("accept-encoding", "authorization", "connection", "content-length", "host", "x-api-key")


def header_shape(headers: dict[str, str]) -> dict[str, str | None]:
    """Header names in order, lower case; the value only where it is the same on every machine."""
    return {
        name.lower(): value if name.lower() in FIXED_HEADERS else None
        for name, value in headers.items()
        if name.lower() not in OTHER_HEADERS
    }


def turn_shape(path: str, headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    """What is kept of one request, headers and tools aside."""
    betas = {name.lower(): value for name, value in headers.items()}.get("anthropic-beta", "")
    return {
        "path": path_template(path),
        "betas": betas.split(",") if betas else [],
        "body_types": {key: json_type(value) for key, value in body.items()},
        "fields": {key: body[key] for key in PROTOCOL_FIELDS if key in body},
        "user_id": {
            "keys": list(json.loads(body["metadata"]["user_id"])),
            "characters": len(body["metadata"]["user_id"]),
        },
        "body_bytes": _rounded(len(json.dumps(body, ensure_ascii=False).encode())),
        "system": [_block_shape(block) for block in body["system"]],
        "messages": [message_shape(message) for message in body["messages"]],
    }


def path_template(path: str) -> str:
    """``path`` with the parts that come from the user's settings replaced by their names."""
    text = re.sub(r"^/v1/projects/[^/]+/locations/[^/]+/", "/projects/{project}/locations/{region}/", path)
    text = re.sub(r"/models/(?!count-tokens:)[^:]+:", "/models/{model}:", text)
    return re.sub(r"^/model/[^/]+/", "/model/{model}/", text)


def message_shape(message: dict[str, Any]) -> dict[str, Any]:
    """Role and blocks of one message."""
    content = message["content"]
    shape: dict[str, Any] = {"role": message["role"]}
    if isinstance(content, str):
        shape["characters"] = _rounded(len(content))
    else:
        shape["blocks"] = [_block_shape(block) for block in content]
    if "output_config" in message:
        shape["output_config"] = message["output_config"]
    return shape


def _block_shape(block: dict[str, Any]) -> dict[str, Any]:
    text = block.get("text", block.get("content", ""))
    shape = {"type": block["type"], "characters": _rounded(len(text if isinstance(text, str) else json.dumps(text)))}
    if "cache_control" in block:
        shape["cache_control"] = block["cache_control"]
    return shape


def tool_shape(tool: dict[str, Any]) -> dict[str, Any]:
    """Name, sizes and schema features of one tool; further keys of the tool keep their value."""
    shape: dict[str, Any] = {"name": tool["name"], "description_characters": _rounded(len(tool.get("description", "")))}
    if "input_schema" in tool:
        shape["schema"] = schema_features(tool["input_schema"])
    extra = {k: v for k, v in tool.items() if k not in ("name", "description", "input_schema")}
    return {**shape, **({"extra": extra} if extra else {})}


def schema_features(schema: dict[str, Any]) -> dict[str, Any]:
    """Size, depth, number of properties and how often each keyword and type occurs; no names, no texts."""
    keywords: Counter[str] = Counter()
    types: Counter[str] = Counter()
    properties = 0
    deepest = 0
    queue: list[tuple[Any, int]] = [(schema, 1)]
    while queue:
        node, depth = queue.pop()
        if not isinstance(node, dict):
            continue
        deepest = max(deepest, depth)
        keywords.update(node.keys())
        for kind in [node["type"]] if isinstance(node.get("type"), str) else node.get("type", []):
            types[kind] += 1
        for key, value in node.items():
            if key in ("properties", "$defs", "definitions", "patternProperties") and isinstance(value, dict):
                properties += len(value) if key == "properties" else 0
                queue += [(child, depth + 1) for child in value.values()]
            elif key in ("anyOf", "oneOf", "allOf", "prefixItems"):
                queue += [(child, depth + 1) for child in value]
            elif key in ("items", "additionalProperties", "propertyNames", "not", "contains"):
                queue.append((value, depth + 1))
    return {
        "bytes": _rounded(len(json.dumps(schema, ensure_ascii=False))),
        "depth": deepest,
        "properties": properties,
        "keywords": dict(sorted(keywords.items())),
        "types": dict(sorted(types.items())),
    }


def json_type(value: object) -> str:
    """JSON's name for the type of ``value``."""
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


def _rounded(size: int) -> int:
    """Sizes vary by a few characters with paths and ids: two significant digits are kept above one hundred."""
    if size < 100:
        return size
    step = 10 ** (len(str(size)) - 2)
    return round(size / step) * step


def without_sizes(value: Any) -> Any:
    """``value`` without the sizes, which differ between machines and days."""
    if isinstance(value, dict):
        return {k: without_sizes(v) for k, v in value.items() if k not in SIZES}
    if isinstance(value, list):
        return [without_sizes(v) for v in value]
    return value
