"""Extracts from the pinned Claude Code programs which settings keys and environment variables they know.

Settings keys: the client's own skill ``update-config`` carries the JSON schema of settings.json. Each client runs it
once with ``-p`` against a recorder on loopback, and the schema is taken from the request, without its texts.
Variables: the program text declares them with their type (``NAME:()=>ident`` and ``ident=X.int({min:1})``) or reads
them as ``process.env.NAME``. Which values they take is the client's own parser, read once and measured.

    python -m maintenance.claude_settings            write mcp_server/catalogue/claude_settings.json
    python -m maintenance.claude_settings --check    compare with the stored file, exit 1 when it differs
"""

from __future__ import annotations

import argparse
import json
import mmap
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from maintenance.claude_settings_measured import ANY_VALUE, DIGITS, NOT_IN_PROJECT, NULL_TOLERANT, SCOPES, TOLERANT
from maintenance.client_recorder import Recorder, environment_of
from mcp_server.catalogue.load import read_json

DATA = Path(__file__).parent.parent / "mcp_server" / "catalogue" / "claude_settings.json"

#: Keywords of the schema that say what a value may be; texts are left out.
KEPT = frozenset(
    (
        *("type", "enum", "const", "properties", "required", "items", "anyOf", "additionalProperties", "propertyNames"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems"),
        *("maxItems", "pattern", "not"),
    )
)
#: Families in which a name that stands in the program as text may be read through a computed name.
FAMILIES = r"(?:ANTHROPIC|CLAUDE|VERTEX_REGION|BASH|DISABLE|ENABLE|OTEL)_[A-Z0-9_]*[A-Z0-9]"


def settings_schema(claude: Path) -> dict[str, Any]:
    """The schema that ``claude`` gives its own model for editing settings, reduced to ``KEPT``."""
    server = Recorder()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            _run(claude, ["-p", "/update-config show the schema"], Path(folder), server)
    finally:
        server.shutdown()
        server.server_close()
    for _, _, body in server.requests:
        for text in _texts(body.get("messages")):
            for start in re.finditer(r"```json\s*\n(?=\{\s*\"\$schema\")", text):
                schema, _ = json.JSONDecoder().raw_decode(text, start.end())
                if "apiKeyHelper" in schema.get("properties", {}):
                    reduced: dict[str, Any] = _reduced(schema)
                    return reduced
    raise SystemExit(f"{claude} sent no settings schema with /update-config")


def _run(claude: Path, arguments: list[str], home: Path, server: Recorder) -> None:
    subprocess.run(
        [str(claude), *arguments, "--output-format", "json"],
        env=environment_of(home, server),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _texts(child)


def _reduced(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key not in KEPT:
            continue
        if key == "properties":
            found[key] = {name: _reduced(child) for name, child in sorted(value.items())}
        elif key == "anyOf":
            found[key] = [_reduced(child) for child in value]
        elif key in ("items", "additionalProperties", "propertyNames", "not"):
            found[key] = _reduced(value)
        elif not (key == "maximum" and value > 2**52) and not (key == "minimum" and value < -(2**52)):
            found[key] = value
    return found


class Program:
    """The JavaScript inside the client's executable: runs of text without NUL, in file order."""

    def __init__(self, claude: Path) -> None:
        with claude.resolve().open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            runs = (m[0] for m in re.finditer(rb"[^\0]{400,}", data))
            self.chunks = [run.decode("utf-8", "replace") for run in runs if b"=>" in run or b"process.env" in run]

    def variables(self) -> dict[str, dict[str, Any]]:
        """Name → declared type (empty when it is only read as ``process.env.NAME`` or named in ``FAMILIES``)."""
        found: dict[str, dict[str, Any]] = {}
        for chunk in self.chunks:
            names = set(re.findall(r"process\.env(?:\.|\[\")([A-Z][A-Z0-9_]+)", chunk))
            names.update(re.findall(r"(?<=[\"'`.])" + FAMILIES + r"(?=[\"'`)\];,?!=&|\s])", chunk))
            for name in names:
                found.setdefault(name, {})
            declared = dict(re.findall(r"\b([A-Z_][A-Z0-9_]{2,}):\(\)=>([\w$]+)(?=[,}])", chunk))
            types = {
                ident: (kind, arguments)
                for ident, kind, arguments in re.findall(
                    r"(?<![\w$.])([\w$]+)=[\w$]+\.(str|rawStr|bool|triBool|int|names|enum)\(([^()]*)\)", chunk
                )
            }
            found.update({name: _type(*types[ident]) for name, ident in declared.items() if ident in types})
        return found

    def settings_keys(self) -> set[str]:
        """Top-level keys of the settings object in the program: most of the schema's, and those that it hides."""
        start = re.compile(r"\{\$schema:[^{}]{0,80}JSON Schema reference for Claude Code settings")
        for chunk in self.chunks:
            match = start.search(chunk)
            if match:
                return set(_object_keys(chunk, match.start()))
        raise SystemExit("the settings object was not found in the program")


def _type(kind: str, arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": {"rawStr": "text", "str": "text", "triBool": "bool", "names": "list"}.get(kind, kind)
    }
    if kind == "int":
        options = dict(re.findall(r"(\w+):([^,}]+)", arguments))
        found.update({name: int(float(options[name])) for name in ("min", "max") if name in options})
        found.update({"digits": True} if "digitsOnly" in options else {})
    elif kind == "enum" and arguments.startswith("["):
        found["values"] = json.loads(arguments)
    return found


def _object_keys(text: str, start: int) -> Iterator[str]:
    """Keys of the object literal at ``start``, and of objects spread into it behind a condition."""
    token = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|&&\{|[{}()\[\]]|,?([A-Za-z_$]\w*):")
    depth, at, spread = 0, start, 0
    while match := token.search(text, at):
        at = match.end()
        sign = match[0]
        if match[1]:
            if depth - spread == 1:
                yield match[1]
        elif sign == "&&{" and depth == 1:
            depth, spread = depth + 1, 1
        elif sign in ("{", "(", "["):
            depth += 1
        elif sign in ("}", ")", "]"):
            depth -= 1
            spread = 0 if depth == 1 else spread
            if depth == 0:
                return


def extract(clients: dict[str, Path]) -> dict[str, Any]:
    """The content of the data file; ``clients`` is newest first."""
    schemas = {version: settings_schema(claude) for version, claude in clients.items()}
    variables: dict[str, dict[str, Any]] = {}
    hidden: dict[str, list[str]] = {}
    for version, claude in clients.items():
        program = Program(claude)
        known = set(schemas[version]["properties"])
        keys = program.settings_keys()
        if len(known & keys) < 0.9 * len(known):  # some keys come from functions that are spread into the object
            raise SystemExit(f"{version}: the settings object of the program holds few of the schema's keys")
        hidden[version] = sorted(keys - known)
        for name, declared in program.variables().items():
            entry = variables.setdefault(name, {**declared, "versions": []})
            for key, value in declared.items():
                entry.setdefault(key, value) if not entry["versions"] else None
            entry["versions"].append(version)
    newest = next(iter(clients))
    known_paths = set(paths(schemas[newest]))
    for path in (path for group in SCOPES.values() for path in group):
        if path not in known_paths:
            raise SystemExit(f"SCOPES names {path}, which {newest} does not have")
    return {
        "versions": list(clients),
        "scopes": {name: sorted(group) for name, group in SCOPES.items()},
        "tolerant": {version: sorted(TOLERANT.get(version, ())) for version in clients},
        "null_tolerant": {version: sorted(NULL_TOLERANT.get(version, ())) for version in clients},
        "not_in_project": sorted(NOT_IN_PROJECT),
        "hidden": hidden,
        "settings": schemas,
        "variables": {name: _variable(name, entry, list(clients)) for name, entry in sorted(variables.items())},
    }


def _variable(name: str, entry: dict[str, Any], versions: list[str]) -> dict[str, Any]:
    found = {key: value for key, value in entry.items() if key != "versions"}
    if name in ANY_VALUE:
        found = {"type": "any"}
    elif name in DIGITS:
        found = {"type": "int", "digits": True}
    if entry["versions"] != versions:
        found["versions"] = entry["versions"]
    return found


def paths(schema: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Dotted paths of every named property."""
    for name, child in schema.get("properties", {}).items():
        yield prefix + name
        yield from paths(child, f"{prefix}{name}.")
    for child in schema.get("anyOf", ()):
        yield from paths(child, prefix)


def written(data: dict[str, Any]) -> str:
    """One line per settings key and variable, so that a difference between two releases can be read."""

    def lines(group: dict[str, Any], indent: str) -> str:
        rows = (f"{indent}{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in group.items())
        return "{\n" + ",\n".join(rows) + f"\n{indent[1:]}}}"

    schemas = ",\n".join(
        f'  {json.dumps(v)}: {{\n   "type": "object",\n   "properties": {lines(schema["properties"], "    ")}\n  }}'
        for v, schema in data["settings"].items()
    )
    head = (
        f" {json.dumps(key)}: {json.dumps(data[key], ensure_ascii=False)},\n"
        for key in data
        if key not in ("settings", "variables")
    )
    return (
        "{\n"
        + "".join(head)
        + f' "settings": {{\n{schemas}\n }},\n "variables": {lines(data["variables"], "  ")}\n}}\n'
    )


def main() -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the stored file, write nothing")
    check = parser.parse_args().check
    from mcp_server.run.programs import claude_code

    fresh = written(extract({v: claude_code(v) for v in read_json("../run/versions.json")["claude_code"]}))
    if not check:
        DATA.write_text(fresh, encoding="utf-8")
        return 0
    same = DATA.is_file() and DATA.read_text(encoding="utf-8") == fresh
    print(f"{DATA.name}: {'as the programs have it' if same else 'differs from the pinned programs'}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
