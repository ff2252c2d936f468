"""Extracts Zuplo's policies from the ``zuplo`` package, and writes or checks the data file.

    python maintenance/zuplo_schema.py [--check] [--output FILE]

``npm pack`` downloads the package without installing it; the JSON Schema of every built-in policy
lies in its documentation. Kept: the policy's type, the export and module it needs, and the names, types and allowed
values of its options.
"""

from __future__ import annotations

import argparse
import difflib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DEFAULT_OUTPUT = HERE.parent / "mcp_server" / "catalogue" / "zuplo_schema.json"
VERSION = "7.4.5"
FOLDER = "package/docs/policies/"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the committed file, change nothing")
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        package = pack(f"zuplo@{VERSION}", Path(folder))
        extracted = {
            "zuplo": VERSION,
            "source": "maintenance/zuplo_schema.py, from the documentation in this release of the npm package",
            "policies": policies(package),
        }
    new = json.dumps(extracted, indent=1, ensure_ascii=True, sort_keys=True) + "\n"
    if not arguments.check:
        arguments.output.write_text(new, encoding="utf-8")
        print(f"wrote {arguments.output} ({len(new):,} characters)")
        return 0
    old = arguments.output.read_text(encoding="utf-8") if arguments.output.exists() else ""
    if old == new:
        print(f"{arguments.output.name} agrees with zuplo {VERSION}")
        return 0
    sys.stdout.writelines(
        list(difflib.unified_diff(old.splitlines(True), new.splitlines(True), "committed", "published"))[:80]
    )
    print(f"{arguments.output.name} has drifted: run this script without --check and review the difference")
    return 1


def pack(package: str, folder: Path) -> Path:
    """The package's tarball in ``folder``."""
    done = subprocess.run(
        ["npm", "pack", "--silent", package], cwd=folder, stdout=subprocess.PIPE, text=True, check=True, timeout=600
    )
    return folder / done.stdout.split()[-1]


def policies(package: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with tarfile.open(package) as archive:
        for member in archive.getmembers():
            if not (member.name.startswith(FOLDER) and member.name.endswith("/schema.json")):
                continue
            stream = archive.extractfile(member)
            assert stream is not None
            schema = json.load(stream)
            kind = schema.get("policyType") or member.name.split("/")[-2]
            handler = schema.get("properties", {}).get("handler", {}).get("properties", {})
            options = handler.get("options", {})
            found[kind] = {
                "export": handler.get("export", {}).get("const"),
                "module": handler.get("module", {}).get("const"),
                "options": convert(options),
                "options_required": bool(options.get("required")),
            }
    return found


def convert(schema: Any) -> dict[str, Any]:
    """JSON Schema to the schemas of ``mcp_server/validate/schemas/strict.py``; ``{}`` for what it cannot say."""
    if not isinstance(schema, dict) or any(key in schema for key in ("oneOf", "anyOf", "allOf", "$ref", "if", "not")):
        return {}
    if "const" in schema:
        return {"const": schema["const"]}
    kind = schema.get("type")
    if kind == "object" and schema.get("additionalProperties") is False and schema.get("properties"):
        keys = {name: convert(below) for name, below in schema["properties"].items()}
        return {"type": "object", "keys": keys, "required": sorted(schema.get("required", []))}
    if kind == "array":
        return {"type": "list", "items": convert(schema.get("items", {}))}
    if kind == "string" and all(isinstance(value, str) for value in schema.get("enum", [])):
        return {"type": "string", **({"enum": sorted(schema["enum"])} if "enum" in schema else {})}
    if kind in ("number", "integer"):
        limits = {k: schema[k] for k in ("minimum", "maximum") if isinstance(schema.get(k), (int, float))}
        return {"type": "number", **({"integer": True} if kind == "integer" else {}), **limits}
    return {"type": "boolean"} if kind == "boolean" else {}


if __name__ == "__main__":
    raise SystemExit(main())
