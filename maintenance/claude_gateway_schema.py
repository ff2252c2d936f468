"""Extracts the schema of ``claude gateway`` files from the real program, and writes or checks the data file.

    python maintenance/claude_gateway_schema.py [--check] [--output FILE]

The program refuses unknown keys and wrong values by name, so it can be asked: every word of its own text is offered as
a key of every section, and every value of a few kinds as the value of every key. What it does not complain about, or
what it says it expected, is the schema. Takes about a minute; nothing leaves the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import difflib
import json
import mmap
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mcp_server.lab.claude_gateway import bench
from mcp_server.run.claude_gateway import PREFIX
from mcp_server.run.programs import claude_code, newest_claude_code

HERE = Path(__file__).resolve().parent
DEFAULT_OUTPUT = HERE.parent / "mcp_server" / "catalogue" / "claude_gateway_schema.json"
#: A property name in the program's JavaScript.
WORD = re.compile(rb'[{,]\s*"?([A-Za-z_$][A-Za-z0-9_]{1,47})"?:')
#: Not offered: the first ends the reading of any file with a message of its own, the others are no plain keys to
#: JavaScript.
UNASKABLE = {"dev", "__proto__", "toString", "valueOf"}
FAR = 10**15


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the committed file, change nothing")
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT)
    arguments = parser.parse_args()
    version = newest_claude_code()
    with tempfile.TemporaryDirectory() as folder:
        program = Program(claude_code(version), Path(folder))
        extracted = {
            "claude_code": version,
            "source": "maintenance/claude_gateway_schema.py, by asking this release of Claude Code",
            "policy_settings": policy_settings(program),
            "root": describe(program, Place()),
        }
        measure(program, extracted["root"])
    new = json.dumps(extracted, indent=1, ensure_ascii=True, sort_keys=True) + "\n"
    if not arguments.check:
        arguments.output.write_text(new, encoding="utf-8")
        print(f"wrote {arguments.output} ({len(new):,} characters)")
        return 0
    old = arguments.output.read_text(encoding="utf-8") if arguments.output.exists() else ""
    if old == new:
        print(f"{arguments.output.name} agrees with Claude Code {version}")
        return 0
    sys.stdout.writelines(
        list(difflib.unified_diff(old.splitlines(True), new.splitlines(True), "committed", "installed"))[:80]
    )
    print(f"{arguments.output.name} has drifted: run this script without --check and review the difference")
    return 1


@dataclass(frozen=True)
class Place:
    """Where a value is tried: its path, what must stand beside it, and which alternative of a union is meant."""

    path: tuple[str | int, ...] = ()
    beside: tuple[tuple[tuple[str | int, ...], str, str], ...] = ()
    """(path of an object, key, value): the tag that selects the variant."""
    chosen: tuple[tuple[tuple[str | int, ...], int], ...] = ()
    """(path of a union, index of its alternative)."""

    def child(self, key: str | int) -> Place:
        return replace(self, path=(*self.path, key))

    def file_with(self, value: Any) -> Any:
        """A whole file with ``value`` at this place."""
        for index in range(len(self.path) - 1, -1, -1):
            key, parent = self.path[index], self.path[:index]
            value = [value] if isinstance(key, int) else {**self._tags(parent), key: value}
        return value

    def _tags(self, path: tuple[str | int, ...]) -> dict[str, str]:
        return {key: value for where, key, value in self.beside if where == path}

    def tagged(self, value: dict[str, Any]) -> dict[str, Any]:
        return {**value, **self._tags(self.path)}


@dataclass
class Program:
    """The real program, asked with one file at a time."""

    claude: Path
    folder: Path
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        with self.claude.resolve().open("rb") as stream:
            text = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
            found = {match[1].decode() for match in WORD.finditer(text)}
        self.words = sorted(found - UNASKABLE)

    def says(self, config: Any) -> str:
        """Its last words about a file; the program is stopped when it starts to look for its database."""
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", dir=self.folder, delete=False) as file:
            json.dump(config, file)  # JSON is YAML
        environment = {"HOME": str(self.folder), "CLAUDE_CONFIG_DIR": str(self.folder / "claude"), "PATH": "/usr/bin"}
        output = Path(file.name).with_suffix(".out")  # a file: the program does not wait for a slow pipe when it ends
        with output.open("wb") as stream:
            subprocess.run(
                [str(self.claude), "gateway", "--config", file.name],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                timeout=60,
                check=False,
            )
        said = output.read_text(encoding="utf-8")
        Path(file.name).unlink()
        output.unlink()
        if PREFIX not in said:
            raise SystemExit(f"claude gateway said something unexpected: {said[:300]!r}")
        return said[said.rindex(PREFIX) + len(PREFIX) :]

    def issues(self, place: Place, value: Any) -> list[dict[str, Any]]:
        """What it says about ``value`` at ``place`` and below."""
        said = self.says(place.file_with(value))
        try:
            listed = json.loads(said)
        except ValueError as error:
            raise SystemExit(
                f"claude gateway took {place.path} with {str(value)[:60]}, and said: {said[:300]}"
            ) from error
        found = expand(listed, dict(place.chosen))
        return [i for i in found if tuple(i["path"][: len(place.path)]) == place.path]


def expand(issues: Iterable[dict[str, Any]], chosen: dict[tuple[str | int, ...], int]) -> list[dict[str, Any]]:
    """The issues of the chosen alternatives in place of each union's summary."""
    result: list[dict[str, Any]] = []
    for issue in issues:
        index = chosen.get(tuple(issue["path"]))
        if issue["code"] == "invalid_union" and index is not None:
            rest = {path: i for path, i in chosen.items() if path != tuple(issue["path"])}
            result += expand(issue["unionErrors"][index]["issues"], rest)
        else:
            result.append(issue)
    return result


def describe(program: Program, place: Place) -> dict[str, Any]:
    """The schema of the value at ``place``."""
    offered = place.tagged(dict.fromkeys(program.words))
    issues = program.issues(place, offered)
    here = [i for i in issues if tuple(i["path"]) == place.path]
    codes = {i["code"]: i for i in here}
    tag = next((i for i in issues if i["code"] == "invalid_union_discriminator"), None)
    if tag is not None and tuple(tag["path"][:-1]) == place.path:
        return _tagged(program, place, str(tag["path"][-1]), tag["options"])
    if "invalid_union" in codes:
        alternatives = range(len(codes["invalid_union"]["unionErrors"]))
        choices = [replace(place, chosen=(*place.chosen, (place.path, i))) for i in alternatives]
        return {"any_of": [describe(program, choice) for choice in choices]}
    if "unrecognized_keys" in codes:
        return _object(program, place, set(program.words) - set(codes["unrecognized_keys"]["keys"]))
    if "invalid_type" in codes:
        expected = str(codes["invalid_type"]["expected"])
        words = re.findall(r"'([^']*)'", expected)
        return {"type": "string", "enum": sorted(words)} if words else _leaf(program, place, expected)
    if "invalid_enum_value" in codes:
        return {"type": "string", "enum": sorted(codes["invalid_enum_value"]["options"])}
    if "invalid_literal" in codes:
        return {"const": codes["invalid_literal"]["expected"]}
    below = any(len(i["path"]) > len(place.path) for i in issues)
    return {"type": "map", "values": describe(program, place.child("name")) if below else {}}


def _tagged(program: Program, place: Place, tag: str, options: list[str]) -> dict[str, Any]:
    def variant(option: str) -> dict[str, Any]:
        return describe(program, replace(place, beside=(*place.beside, (place.path, tag, option))))

    return {"tag": tag, "variants": {option: variant(option) for option in options}}


def _object(program: Program, place: Place, keys: set[str]) -> dict[str, Any]:
    empty = program.issues(place, place.tagged({}))
    direct = [i for i in empty if len(i["path"]) == len(place.path) + 1 and i["code"] != "custom"]
    required = {str(i["path"][-1]) for i in direct}  # with nothing given, every complaint is about a missing key
    tags = {key: {"const": value} for where, key, value in place.beside if where == place.path}
    names = sorted(keys - set(tags))
    kinds = _plain_leaves(program, place, names)
    return {
        "type": "object",
        "keys": {**tags, **{name: kinds.get(name) or describe(program, place.child(name)) for name in names}},
        "required": sorted(required | set(tags)),
    }


def _plain_leaves(program: Program, place: Place, names: list[str]) -> dict[str, dict[str, Any]]:
    """The keys whose values are plain texts, numbers or truth values: one question for all of them."""
    found: dict[str, dict[str, Any]] = {}
    for issue in program.issues(place, place.tagged({name: {"?": None} for name in names})):
        name = issue["path"][-1]
        if tuple(issue["path"]) != (*place.path, name):
            continue
        if issue["code"] == "invalid_type" and issue["expected"] in ("string", "number", "boolean"):
            found[str(name)] = {"type": issue["expected"]}
    return found


def _leaf(program: Program, place: Place, kind: str) -> dict[str, Any]:
    return {"type": "list", "items": describe(program, place.child(0))} if kind == "array" else {"type": kind}


class Trial:
    """One file with the same value at every leaf of a schema, and the schema behind each of its paths.

    Variants of a tagged object stand side by side in their list; of a union's alternatives one is tried a turn. A
    value that is a list replaces the lists at one ``depth`` (of lists).
    """

    def __init__(self, root: dict[str, Any], value: Any, turn: int, depth: int) -> None:
        self.value, self.turn, self.depth = value, turn, depth
        self.at: dict[tuple[str | int, ...], dict[str, Any]] = {}
        self.chosen: dict[tuple[str | int, ...], int] = {}
        self.config = self._filled(root, ())

    def _filled(self, schema: dict[str, Any], path: tuple[str | int, ...]) -> Any:
        if "any_of" in schema:
            index = self.turn % len(schema["any_of"])
            self.chosen[path] = index
            return self._filled(schema["any_of"][index], path)
        self.at[path] = schema
        if schema.get("type") == "object":
            return {
                k: below["const"] if _is_tag(below) else self._filled(below, (*path, k))
                for k, below in schema["keys"].items()
            }
        if schema.get("type") == "map":
            return {"name": self._filled(schema["values"], (*path, "name"))}
        depth = sum(isinstance(key, int) for key in path)
        if schema.get("type") == "list" and not (isinstance(self.value, list) and depth == self.depth):
            items = list(schema["items"].get("variants", {}).values()) or [schema["items"]]
            return [self._filled(item, (*path, index)) for index, item in enumerate(items)]
        return self.value


def _is_tag(schema: dict[str, Any]) -> bool:
    return isinstance(schema.get("const"), str)


def measure(program: Program, root: dict[str, Any]) -> None:
    """Adds to every leaf what the program says about values at and beyond its limits."""
    tried = ("", "?" * 40, "x", 1.5, -FAR, FAR, [], ["x"] * 200)
    depths = {True: range(3), False: range(1)}
    trials = [Trial(root, v, turn, depth) for v in tried for turn in range(3) for depth in depths[isinstance(v, list)]]
    for trial in trials:
        for issue in expand(json.loads(program.says(trial.config)), trial.chosen):
            leaf = trial.at.get(tuple(issue["path"]))
            if leaf is not None:
                _learn(leaf, issue, trial.value)


def _learn(leaf: dict[str, Any], issue: dict[str, Any], value: Any) -> None:
    kind, code = leaf.get("type"), issue["code"]
    if code in ("too_small", "too_big") and issue["type"] == ("array" if kind == "list" else kind):
        side = "minimum" if code == "too_small" else "maximum"
        leaf[side if issue["inclusive"] else f"exclusive_{side}"] = issue[side]
    elif kind == "number" and issue.get("received") == "nan":
        leaf["reads_text"] = True
    elif kind == "number" and issue.get("expected") == "integer":
        leaf["integer"] = True
    elif kind == "string" and "enum" not in leaf and code in ("invalid_string", "custom") and isinstance(value, str):
        named = issue.get("validation")
        leaf["format"] = named if named in ("url", "email") else leaf.get("format", "checked")


def policy_settings(program: Program) -> dict[str, str]:
    """The settings keys that a policy may hold, and what each must be (``any`` where the program does not say)."""
    return asyncio.run(_policy_settings(program))


async def _policy_settings(program: Program) -> dict[str, str]:
    async with bench() as loopback:

        async def complaints(settings: dict[str, Any]) -> list[tuple[str, str]]:
            file = program.folder / "policies.yaml"
            passing = {
                "listen": {"host": "127.0.0.1"},
                "upstreams": [{"provider": "anthropic", "auth": {"api_key": "x"}}],
                "oidc": {"issuer": loopback.issuer, "client_id": "x", "client_secret": "x"},
                "session": {"jwt_secret": "x" * 32},
                "store": {"postgres_url": loopback.postgres_url},
            }
            file.write_text(json.dumps({**passing, "managed": {"policies": [{"cli": settings}]}}), encoding="utf-8")
            verdict = await loopback.judge(program.claude, file, {})
            lines = (line.strip().partition(": ") for line in verdict.said.splitlines()[1:])
            return [(key, what) for key, _, what in lines]

        offered = await complaints(dict.fromkeys(program.words))
        unknown = {key for key, what in offered if what.startswith("unknown settings key")}
        if not unknown:
            raise SystemExit(f"claude gateway judged no policy: {offered[:3]}")
        known = [word for word in program.words if word not in unknown]
        wanted = dict.fromkeys(known, "any")
        for value in ({"?": {}}, 5):
            for key, what in await complaints(dict.fromkeys(known, value)):
                expected = re.search(r"expected (\w+), received", what)
                if key in wanted and expected:
                    wanted[key] = expected[1]
        return wanted


if __name__ == "__main__":
    raise SystemExit(main())
