"""Records the shape of the real Claude Code's requests into ``mcp_server/catalogue/shapes/<version>.json``.

Each pinned client runs with ``-p`` against a recorder on loopback: one turn that calls the client's file reader and
the turn that returns the tool result, for every provider, model family and mode below; then the calls of other kinds
(``client_calls.py``). Only the shape is kept: names, types, counts, sizes, and values of protocol fields. No sentence
of the client's prompts is stored.

    python -m maintenance.client_shapes                 write the data files (about 800 client runs)
    python -m maintenance.client_shapes --check         compare a sample (one model of each generation in each mode)
    python -m maintenance.client_shapes --check --all   compare everything

A check exits with 1 when something differs. The sample takes about a minute of processor time.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

from maintenance.client_calls import calls_of
from maintenance.client_recorder import PARALLEL, PROVIDERS, has_tool_result, run_client
from maintenance.request_shapes import header_shape, tool_shape, turn_shape, without_sizes
from mcp_server.catalogue.load import read_json
from mcp_server.catalogue.shapes import recordings

SHAPES = Path(__file__).parent.parent / "mcp_server" / "catalogue" / "shapes"

#: Names recorded per client; those whose requests are alike are stored once. The last is unknown to every client.
MODELS = (
    "claude-opus-5-5",
    "claude-opus-5",
    "claude-sonnet-5-5",
    "claude-sonnet-5",
    "claude-haiku-5-5",
    "claude-fable-5-2",
    "claude-fable-5",
    "claude-opus-4-8",
    "claude-opus-4-7",
    "claude-opus-4-6",
    "claude-opus-4-5",
    "claude-sonnet-4-6",
    "claude-sonnet-4-5",
    "claude-haiku-4-5",
    "claude-3-5-haiku",
    "gemini-2.5-pro",
)
UNKNOWN_MODEL = MODELS[-1]

#: Of each generation of request dialects one, and the name that no client knows: what ``--check`` compares (without
#: the middle one where a switch is on).
SAMPLE = ("claude-opus-5-5", "claude-sonnet-4-5", UNKNOWN_MODEL)

#: Modes of the client that change the request's shape, by the variable that switches them.
MODES: dict[str, dict[str, str]] = {
    "default": {},
    "tool-search-off": {"ENABLE_TOOL_SEARCH": "false"},
    "experimental-betas-off": {"CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS": "1"},
}
#: The same for every provider; recorded once. ``million``: the name carries ``[1m]``.
COMMON_MODES: dict[str, dict[str, str]] = {
    "thinking-off": {"CLAUDE_CODE_DISABLE_THINKING": "1"},
    "thinking-zero": {"MAX_THINKING_TOKENS": "0"},
    "million": {},
}

Turn = tuple[str, dict[str, str], dict[str, Any]]


def record(claude: Path, model: str, mode: str, provider: str = "anthropic") -> list[Turn]:
    """The two requests (path, headers, body) of a one-tool conversation with ``model`` in ``mode``."""
    switches = {**MODES, **COMMON_MODES}[mode]
    name = f"{model}[1m]" if mode == "million" else model
    seen, said = run_client(claude, ["--model", name], switches, provider=provider)
    messages = [(path, headers, body) for _, path, headers, body in seen if body and body.get("tools")]
    if len(messages) != 2 or not has_tool_result(messages[1][2]):
        raise SystemExit(
            f"{claude} with {model} ({provider}, {mode}) sent {len(messages)} messages, expected a first and a "
            f"tool-result turn; it said: {said}"
        )
    return messages


def stored_mode(provider: str, mode: str) -> str:
    """The name of a mode in the data files."""
    if provider == "anthropic":
        return mode
    return provider if mode == "default" else f"{provider}/{mode}"


def knows(version: str, provider: str) -> bool:
    """Has this client the provider? The older one ignores the switch and stays with the Anthropic format."""
    return provider != "anthropic_google_cloud" or version != "2.1.197"


def jobs(version: str, *, everything: bool) -> Iterator[tuple[str, str, str]]:
    """Provider, mode and model of every run; without ``everything`` a sample of them."""
    for provider in PROVIDERS:
        if not knows(version, provider):
            continue
        modes = [*MODES, *COMMON_MODES] if provider == "anthropic" else list(MODES)
        if not everything and provider not in ("anthropic", "bedrock", "vertex", "gateway"):
            modes = ["default"]
        for mode in modes:
            for model in MODELS if everything else SAMPLE if mode == "default" else SAMPLE[::2]:
                yield provider, mode, model


def entry_of(turns: list[Turn]) -> dict[str, Any]:
    """What is kept of the two turns, header and tool shapes still whole."""
    (path, headers, first), (path2, headers2, second) = turns
    turn, next_turn = turn_shape(path, headers, first), turn_shape(path2, headers2, second)
    return {
        "headers": header_shape(headers),
        "toolset": [tool_shape(tool) for tool in first["tools"]],
        "first": turn,
        # Only what the second turn changes.
        "tool_result": {key: value for key, value in next_turn.items() if value != turn.get(key)},
    }


def recorded(version: str, claude: Path, *, everything: bool) -> Iterator[tuple[str, str, dict[str, Any], str]]:
    """Stored mode, model, entry and User-Agent of every run, two runs at a time."""

    def one(job: tuple[str, str, str]) -> tuple[str, str, dict[str, Any], str]:
        provider, mode, model = job
        turns = record(claude, model, mode, provider)
        return stored_mode(provider, mode), model, entry_of(turns), turns[0][1]["User-Agent"]

    with ThreadPoolExecutor(PARALLEL) as pool:
        yield from pool.map(one, jobs(version, everything=everything))


def shapes_of(version: str, claude: Path) -> dict[str, Any]:
    """The content of the data file of one client version."""
    return assembled(version, recorded(version, claude, everything=True), calls_of(claude))


def assembled(
    version: str, runs: Iterable[tuple[str, str, dict[str, Any], str]], calls: dict[str, dict[str, Any] | None]
) -> dict[str, Any]:
    """The data of all ``runs``. Equal things are stored once."""
    all_headers: list[dict[str, str | None]] = []
    tools: list[dict[str, Any]] = []
    toolsets: list[list[int]] = []
    parts: list[Any] = []
    stored: dict[str, dict[str, Any]] = {}
    user_agent = ""
    for mode, model, fresh, agent in runs:
        user_agent = agent
        entry = {
            **fresh,
            "headers": _index(all_headers, fresh["headers"]),
            "toolset": _index(toolsets, [_index(tools, tool) for tool in fresh["toolset"]]),
        }
        key = json.dumps(without_sizes(entry), sort_keys=True)
        whole = {"first": _in_parts(entry["first"], parts), "tool_result": _in_parts(entry["tool_result"], parts)}
        alike = stored.setdefault(key, {"modes": {}, **entry, **whole})
        alike["modes"].setdefault(mode, []).append(model)
        print(f"{version} {mode} {model}: {len(fresh['toolset'])} tools, {fresh['first']['body_bytes']:,} bytes")
    return {
        "client_version": version,
        "recorded_on": date.today().isoformat(),
        "source": "the real client with -p against maintenance/client_shapes.py",
        "user_agent": user_agent,
        "unknown_model": UNKNOWN_MODEL,
        "calls": calls,
        "headers": all_headers,
        "tools": tools,
        "toolsets": toolsets,
        "parts": parts,
        "shapes": list(stored.values()),
    }


def _in_parts(turn: dict[str, Any], parts: list[Any]) -> dict[str, Any]:
    """``turn`` with its larger values replaced by their place in ``parts``."""
    return {k: {"part": _index(parts, v)} if isinstance(v, list | dict) and v else v for k, v in turn.items()}


def _index(known: list[Any], item: Any) -> int:
    if item not in known:
        known.append(item)
    return known.index(item)


def stored_entry(data: Mapping[str, Any], mode: str, model: str) -> dict[str, Any]:
    """The entry of one run in a data file, its parts put together again; empty when it is not there."""
    entry = next((e for e in data["shapes"] if model in e["modes"].get(mode, ())), None)
    if entry is None:
        return {}
    whole = {key: value for key, value in entry.items() if key != "modes"}
    tools = [data["tools"][index] for index in data["toolsets"][entry["toolset"]]]
    return {**whole, "headers": data["headers"][entry["headers"]], "toolset": tools}


def differences(data: Mapping[str, Any], version: str, claude: Path, *, everything: bool) -> list[str]:
    """What this client does otherwise than stored, apart from text sizes (these depend on the machine)."""
    changed: list[str] = []
    for mode, model, fresh, agent in recorded(version, claude, everything=everything):
        known = stored_entry(data, mode, model)
        changed += [
            f"{mode} {model}: {key}"
            for key in fresh
            if without_sizes(known.get(key)) != without_sizes(fresh[key]) and key != "user_agent"
        ]
        if agent != data["user_agent"]:
            changed.append(f"{mode} {model}: user_agent")
    for name, call in calls_of(claude).items():
        if without_sizes(data["calls"].get(name)) != without_sizes(call):
            changed.append(f"call {name}")
    return changed


def lines(data: dict[str, Any]) -> str:
    """The data file as text: one line for each thing that is stored once, so that a change shows as one line."""
    out = []
    for key, value in data.items():
        if isinstance(value, list):
            items = ",\n  ".join(_compact(item) for item in value)
            out.append(f" {_compact(key)}: [\n  {items}\n ]")
        elif isinstance(value, dict):
            items = ",\n  ".join(f"{_compact(name)}: {_compact(item)}" for name, item in value.items())
            out.append(f" {_compact(key)}: {{\n  {items}\n }}")
        else:
            out.append(f" {_compact(key)}: {_compact(value)}")
    return "{\n" + ",\n".join(out) + "\n}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def main() -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the stored files, write nothing")
    parser.add_argument("--all", action="store_true", help="with --check: every model, not a sample")
    parser.add_argument(
        "--claude", action="append", default=[], metavar="VERSION=PATH", help="use this executable for a version"
    )
    arguments = parser.parse_args()
    chosen = dict(pair.split("=", 1) for pair in arguments.claude)
    drifted = False
    for version in read_json("../run/versions.json")["claude_code"]:
        if version in chosen:
            claude = Path(chosen[version])
        else:
            from mcp_server.run.programs import claude_code

            claude = claude_code(version)
        file = SHAPES / f"{version}.json"
        if arguments.check:
            changed = differences(recordings(version), version, claude, everything=arguments.all)
            drifted = drifted or bool(changed)
            print(f"{file.name}: {'differs in ' + ', '.join(changed) if changed else 'as recorded'}")
        else:
            SHAPES.mkdir(exist_ok=True)
            file.write_text(lines(shapes_of(version, claude)), encoding="utf-8")
    return 1 if drifted else 0


if __name__ == "__main__":
    sys.exit(main())
