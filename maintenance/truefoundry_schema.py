# /// script
# requires-python = ">=3.10"
# dependencies = ["truefoundry-sdk==0.6.0"]
# ///
"""Extracts the schema of TrueFoundry gateway manifests from the vendor's SDK, and writes or checks the data file.

    uv run --no-project maintenance/truefoundry_schema.py [--check] [--output FILE]

uv installs the SDK into an environment of its own (cached). Facts come from the SDK's Pydantic models: fields, which
are required, types and allowed values. The models accept unknown keys, so our validator compares key names itself.
Nothing is sent anywhere.
"""

from __future__ import annotations

import argparse
import difflib
import enum
import importlib
import inspect
import json
import re
import sys
import types
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

HERE = Path(__file__).resolve().parent
DEFAULT_OUTPUT = HERE.parent / "mcp_server" / "catalogue" / "truefoundry_schema.json"
MANIFEST = re.compile(r"gateway-[\w-]+|virtual-account|team-budget-config|tenant-budget-config")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the committed file, change nothing")
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT)
    arguments = parser.parse_args()
    new = json.dumps(extract(), indent=1, ensure_ascii=True, sort_keys=True) + "\n"
    if not arguments.check:
        arguments.output.write_text(new, encoding="utf-8")
        print(f"wrote {arguments.output} ({len(new):,} characters)")
        return 0
    old = arguments.output.read_text(encoding="utf-8") if arguments.output.exists() else ""
    if old == new:
        print(f"{arguments.output.name} agrees with truefoundry-sdk {version('truefoundry-sdk')}")
        return 0
    sys.stdout.writelines(
        list(difflib.unified_diff(old.splitlines(True), new.splitlines(True), "committed", "installed"))[:80]
    )
    print(f"{arguments.output.name} has drifted: run this script without --check and review the difference")
    return 1


def extract() -> dict[str, Any]:
    sdk = importlib.import_module("truefoundry_sdk")
    pydantic = importlib.import_module("pydantic")
    models = [m for name in dir(sdk) if inspect.isclass(m := getattr(sdk, name)) and issubclass(m, pydantic.BaseModel)]
    named = {k: m for m in models if (k := _kind(m)) and not m.__name__.endswith("Integrations")}
    reader = Reader(pydantic.BaseModel)
    manifests = {kind: reader.model(named[kind]) for kind in sorted(named) if _of_gateway(kind, named[kind])}
    return {
        "truefoundry_sdk": version("truefoundry-sdk"),
        "source": "maintenance/truefoundry_schema.py, run beside this release of the SDK",
        "manifests": manifests,
        "other_types": sorted(k for k in set(named) - set(manifests) if k.startswith("provider-account/")),
        "definitions": reader.definitions,
    }


def _of_gateway(kind: str, model: Any) -> bool:
    """Manifests of the gateway, without those of the deployment platform and of accounts that hold no models."""
    return MANIFEST.fullmatch(kind) is not None or (
        kind.startswith("provider-account/")
        and re.search("integration/(model|guardrail-config)/", json.dumps(model.model_json_schema())) is not None
    )


def _kind(model: Any) -> str | None:
    """The one value of a model's ``type``."""
    field = model.model_fields.get("type")
    values = get_args(field.annotation) if field is not None and get_origin(field.annotation) is Literal else ()
    return str(values[0]) if len(values) == 1 else None


class Reader:
    """Type annotations to schemas (``mcp_server/validate/schemas/strict.py``); every model becomes a definition."""

    def __init__(self, base: type) -> None:
        self.base = base
        self.definitions: dict[str, dict[str, Any]] = {}

    def model(self, model: Any) -> dict[str, Any]:
        name = model.__name__
        if name not in self.definitions:
            self.definitions[name] = {}  # set first: a model may contain itself
            fields = {_wire_name(key, field): field for key, field in model.model_fields.items()}
            self.definitions[name] = {
                "type": "object",
                "keys": {key: self.schema(field.annotation) for key, field in fields.items()},
                "required": sorted(key for key, field in fields.items() if field.is_required()),
            }
        return {"ref": name}

    def schema(self, annotation: Any) -> dict[str, Any]:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return self.schema(arguments[0])
        if origin is Literal:
            return {"const": arguments[0]} if len(arguments) == 1 else {"type": "string", "enum": sorted(arguments)}
        if origin in (Union, types.UnionType):
            return self._union([a for a in arguments if a is not type(None)], type(None) in arguments)
        if origin in (list, tuple, set):
            return {"type": "list", "items": self.schema(arguments[0])}
        if origin is dict:
            return {"type": "map", "values": self.schema(arguments[1])}
        if inspect.isclass(annotation) and issubclass(annotation, self.base):
            return self.model(annotation)
        if inspect.isclass(annotation) and issubclass(annotation, enum.Enum):
            return {
                "type": "string",
                "enum": sorted(v for m in annotation if not (v := str(m.value)).endswith("_UNKNOWN__")),
            }
        plain = {str: "string", bool: "boolean", int: "number", float: "number"}.get(annotation)
        if plain is None:
            return {}
        return {"type": plain, "integer": True} if annotation is int else {"type": plain}

    def _union(self, annotations: list[Any], null: bool) -> dict[str, Any]:
        choices = [self.schema(a) for a in annotations]
        choices = [c for index, c in enumerate(choices) if c not in choices[:index]]
        kinds = [_kind(a) if inspect.isclass(a) and issubclass(a, self.base) else None for a in annotations]
        if {} in choices:
            return {}
        if len(choices) == 1:
            result = choices[0]
        elif None not in kinds and len(set(kinds)) == len(choices):
            result = {"tag": "type", "variants": dict(zip(map(str, kinds), choices, strict=True))}
        else:
            result = {"any_of": choices}
        return {**result, "null": True} if null else result


def _wire_name(key: str, field: Any) -> str:
    """The key as manifests write it: the SDK renames some for Python."""
    return next((str(m.alias) for m in field.metadata if getattr(m, "alias", None)), field.alias or key)


if __name__ == "__main__":
    raise SystemExit(main())
