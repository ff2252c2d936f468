# /// script
# requires-python = ">=3.10"
# dependencies = ["botocore==1.44.8"]
# ///
"""Takes what makes the Bedrock emulator strict from botocore's service model, into ``mcp_server/lab/data``.

    uv run maintenance/bedrock_schemas.py            write the file
    uv run maintenance/bedrock_schemas.py --check    compare it with the service model, exit 1 when it differs

``bedrock_runtime.json``   JSON Schemas of the bodies of Converse and CountTokens (closed: an unknown member is
                           refused; ``$defs`` holds the shapes), the pattern of a model id, the HTTP status of each
                           error, the exceptions that a stream may hold, and the version of the model

Exit code 3: botocore is missing from this Python.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "mcp_server" / "lab" / "data" / "bedrock_runtime.json"
BODIES = {"converse": "ConverseRequest", "count_tokens": "CountTokensRequest"}
STREAMS = {"invoke": "ResponseStream", "converse": "ConverseStreamOutput"}


def runtime() -> bytes:
    """The content of the file."""
    import botocore
    from botocore.loaders import Loader

    shapes: dict[str, Any] = Loader().load_service_model("bedrock-runtime", "service-2")["shapes"]
    definitions: dict[str, Any] = {}
    bodies = {name: _schema(shapes, shape, definitions) for name, shape in BODIES.items()}
    content = {
        "source": f"botocore {botocore.__version__}, bedrock-runtime",
        "bodies": bodies,
        "$defs": definitions,
        "model_id": {key: shapes["InvokeModelIdentifier"][key] for key in ("pattern", "min", "max")},
        "errors": {
            name: shape["error"]["httpStatusCode"]
            for name, shape in shapes.items()
            if shape.get("exception") and "error" in shape
        },
        "stream_exceptions": {
            name: sorted(
                m for m, member in shapes[shape]["members"].items() if shapes[member["shape"]].get("exception")
            )
            for name, shape in STREAMS.items()
        },
    }
    return (json.dumps(content, separators=(",", ":"), sort_keys=True) + "\n").encode()


def _schema(shapes: dict[str, Any], name: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """A reference to the JSON Schema of shape ``name``; its definition and those below it go into ``definitions``."""
    if name not in definitions:
        definitions[name] = {}  # breaks cycles
        definitions[name] = _definition(shapes, shapes[name], definitions)
    return {"$ref": f"#/$defs/{name}"}


def _definition(shapes: dict[str, Any], shape: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    kind = shape["type"]
    if kind == "structure" and shape.get("document"):
        return {"type": "object"}
    if kind == "structure":
        members = {
            member.get("locationName", key): _schema(shapes, member["shape"], definitions)
            for key, member in shape["members"].items()
            if "location" not in member  # in the path or a header, not in the body
        }
        required = sorted(name for name in shape.get("required", ()) if name in members)
        schema: dict[str, Any] = {"type": "object", "properties": members, "additionalProperties": False}
        if required:
            schema["required"] = required
        if shape.get("union"):
            schema |= {"minProperties": 1, "maxProperties": 1}
        return schema
    if kind == "list":
        limits = _limits(shape, "minItems", "maxItems")
        return {"type": "array", "items": _schema(shapes, shape["member"]["shape"], definitions), **limits}
    if kind == "map":
        limits = _limits(shape, "minProperties", "maxProperties")
        return {
            "type": "object",
            "additionalProperties": _schema(shapes, shape["value"]["shape"], definitions),
            **limits,
        }
    if kind == "string":
        if "enum" in shape:
            return {"type": "string", "enum": shape["enum"]}
        pattern = {"pattern": f"^(?:{shape['pattern']})$"} if _portable(shape.get("pattern")) else {}
        return {"type": "string", **_limits(shape, "minLength", "maxLength"), **pattern}
    if kind == "blob":
        return {"type": "string", "contentEncoding": "base64"}
    if kind in ("integer", "long"):
        return {"type": "integer", **_limits(shape, "minimum", "maximum")}
    if kind in ("float", "double"):
        return {"type": "number", **_limits(shape, "minimum", "maximum")}
    return {"type": {"boolean": "boolean"}.get(kind, "object")}


def _portable(pattern: str | None) -> bool:
    """Whether Python's ``re`` reads the Java pattern."""
    import re

    try:
        return pattern is not None and bool(re.compile(pattern))
    except re.error:
        return False


def _limits(shape: dict[str, Any], lowest: str, highest: str) -> dict[str, Any]:
    return {word: shape[key] for word, key in ((lowest, "min"), (highest, "max")) if key in shape}


def main() -> int:
    parser = argparse.ArgumentParser(description=f"Regenerates or checks {FILE.name}.")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when the file differs")
    check = parser.parse_args().check
    try:
        made = runtime()
    except ModuleNotFoundError as missing:
        print(
            f"the module {missing.name} is not installed; run: uv run maintenance/bedrock_schemas.py", file=sys.stderr
        )
        return 3
    if FILE.is_file() and FILE.read_bytes() == made:
        print(f"{FILE.name} is up to date")
        return 0
    print(f"{FILE.name}: {'differs from the service model' if check else 'written'}")
    if not check:
        FILE.write_bytes(made)
    return 1 if check else 0


if __name__ == "__main__":
    sys.exit(main())
