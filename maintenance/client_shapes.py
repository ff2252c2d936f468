"""Records the shape of the real Claude Code's requests into ``mcp_server/catalogue/shapes/<version>.json``.

Each pinned client runs with ``-p`` against a recorder on loopback: one turn that calls the client's file reader and
the turn that returns the tool result, for every model family and mode below. Only the shape is kept: names,
types, counts, sizes, and values of protocol fields. No sentence of the client's prompts is stored.

    python -m maintenance.client_shapes            write the data files
    python -m maintenance.client_shapes --check    compare with the stored files, exit 1 when they differ
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from mcp_server.catalogue.load import read_json

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

#: Modes of the client that change the request's shape, by the variable that switches them.
MODES: dict[str, dict[str, str]] = {
    "default": {},
    "tool-search-off": {"ENABLE_TOOL_SEARCH": "false"},
    "experimental-betas-off": {"CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS": "1"},
}

#: Body fields whose value is protocol, not prompt.
PROTOCOL_FIELDS = ("max_tokens", "thinking", "context_management", "output_config", "stream", "temperature")
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


class Recorder(ThreadingHTTPServer):
    """Answers like a gateway: asks once for the file reader (``note``), then ends the turn; keeps what it was sent."""

    def __init__(self, note: Path | None = None) -> None:
        self.note = note
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Recorder

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        pass

    def do_HEAD(self) -> None:
        self._send(b"", "text/plain")

    def do_GET(self) -> None:
        self._send(b'{"data": []}', "application/json")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.requests.append((self.path, dict(self.headers), body))
        stream = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in self._events(body))
        self._send(stream.encode(), "text/event-stream")

    def _events(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        if self.server.note is None or _has_tool_result(body):
            block: dict[str, Any] = {"type": "text", "text": ""}
            delta, reason = {"type": "text_delta", "text": "done"}, "end_turn"
        else:
            block = {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {}}
            argument = json.dumps({"file_path": str(self.server.note)})
            delta, reason = {"type": "input_json_delta", "partial_json": argument}, "tool_use"
        message = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 1},
        }
        return [
            {"type": "message_start", "message": message},
            {"type": "content_block_start", "index": 0, "content_block": block},
            {"type": "content_block_delta", "index": 0, "delta": delta},
            {"type": "content_block_stop", "index": 0},
            {
                "type": "message_delta",
                "delta": {"stop_reason": reason, "stop_sequence": None},
                "usage": {"output_tokens": 1},
            },
            {"type": "message_stop"},
        ]

    def _send(self, content: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def environment_of(home: Path, server: Recorder) -> dict[str, str]:
    """All that a client run from here sees: a scratch ``home``, ``server`` as its gateway, no retries."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "CLAUDE_CONFIG_DIR": str(home / "config"),
        "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{server.server_port}",
        "ANTHROPIC_AUTH_TOKEN": "recorder",
        "CLAUDE_CODE_MAX_RETRIES": "0",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "CLAUDE_CODE_DISABLE_LEGACY_MODEL_REMAP": "1",
    }


def record(claude: Path, model: str, mode: str) -> list[tuple[str, dict[str, str], dict[str, Any]]]:
    """The two requests (path, headers, body) of a one-tool conversation with ``model`` in ``mode``."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        work = scratch / "work"
        work.mkdir()
        note = work / "note.txt"
        note.write_text("kettle\n", encoding="utf-8")
        server = Recorder(note)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {**environment_of(scratch, server), **MODES[mode]}
        try:
            run = subprocess.run(
                [str(claude), "-p", "say hi", "--model", model, "--output-format", "json"],
                env=environment,
                cwd=work,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        finally:
            server.shutdown()
            server.server_close()
    messages = [r for r in server.requests if r[0].startswith("/v1/messages") and "count_tokens" not in r[0]]
    if len(messages) != 2 or not _has_tool_result(messages[1][2]):
        raise SystemExit(
            f"{claude} with {model} ({mode}) sent {len(messages)} messages, expected a first and a tool-result "
            f"turn; it said: {run.stdout[:300]} {run.stderr[:300]}"
        )
    return messages


def _has_tool_result(body: dict[str, Any]) -> bool:
    return any(
        isinstance(m["content"], list) and any(b.get("type") == "tool_result" for b in m["content"])
        for m in body["messages"]
    )


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
        "path": path,
        "betas": betas.split(",") if betas else [],
        "body_types": {key: _json_type(value) for key, value in body.items()},
        "fields": {key: body[key] for key in PROTOCOL_FIELDS if key in body},
        "user_id": {
            "keys": list(json.loads(body["metadata"]["user_id"])),
            "characters": len(body["metadata"]["user_id"]),
        },
        "body_bytes": _rounded(len(json.dumps(body, ensure_ascii=False).encode())),
        "system": [_block_shape(block) for block in body["system"]],
        "messages": [_message_shape(message) for message in body["messages"]],
    }


def _message_shape(message: dict[str, Any]) -> dict[str, Any]:
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


def _json_type(value: object) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


def _rounded(size: int) -> int:
    """Sizes vary by a few characters with paths and ids: two significant digits are kept above one hundred."""
    if size < 100:
        return size
    step = 10 ** (len(str(size)) - 2)
    return round(size / step) * step


def shapes_of(version: str, claude: Path) -> dict[str, Any]:
    """The content of the data file of one client version. Equal things are stored once."""
    all_headers: list[dict[str, str | None]] = []
    tools: list[dict[str, Any]] = []
    toolsets: list[list[int]] = []
    stored: dict[str, dict[str, Any]] = {}
    user_agent = ""
    for mode in MODES:
        for model in MODELS:
            (path, headers, first), (path2, headers2, second) = record(claude, model, mode)
            user_agent = headers["User-Agent"]
            turn, next_turn = turn_shape(path, headers, first), turn_shape(path2, headers2, second)
            entry = {
                "headers": _index(all_headers, header_shape(headers)),
                "toolset": _index(toolsets, [_index(tools, tool_shape(tool)) for tool in first["tools"]]),
                "first": turn,
                # Only what the second turn changes.
                "tool_result": {key: value for key, value in next_turn.items() if value != turn.get(key)},
            }
            key = json.dumps(_without_sizes(entry), sort_keys=True)
            alike = stored.setdefault(key, {"modes": {}, **entry})
            alike["modes"].setdefault(mode, []).append(model)
            print(f"{version} {mode} {model}: {len(first['tools'])} tools, {turn['body_bytes']:,} bytes")
    return {
        "client_version": version,
        "recorded_on": date.today().isoformat(),
        "source": "the real client with -p against maintenance/client_shapes.py",
        "user_agent": user_agent,
        "unknown_model": UNKNOWN_MODEL,
        "headers": all_headers,
        "tools": tools,
        "toolsets": toolsets,
        "shapes": list(stored.values()),
    }


def _index(known: list[Any], item: Any) -> int:
    if item not in known:
        known.append(item)
    return known.index(item)


def _without_sizes(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_sizes(v) for k, v in value.items() if k not in SIZES}
    if isinstance(value, list):
        return [_without_sizes(v) for v in value]
    return value


def differences(stored: dict[str, Any], fresh: dict[str, Any]) -> list[str]:
    """What changed between two data files, apart from the date and text sizes (these depend on the machine)."""
    changed = []
    for key in fresh:
        if key != "recorded_on" and _without_sizes(stored.get(key)) != _without_sizes(fresh[key]):
            changed.append(key)
    return changed


def main() -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the stored files, write nothing")
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
        fresh = shapes_of(version, claude)
        file = SHAPES / f"{version}.json"
        if arguments.check:
            changed = differences(json.loads(file.read_text(encoding="utf-8")), fresh)
            drifted = drifted or bool(changed)
            print(f"{file.name}: {'differs in ' + ', '.join(changed) if changed else 'as recorded'}")
        else:
            SHAPES.mkdir(exist_ok=True)
            file.write_text(json.dumps(fresh, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if drifted else 0


if __name__ == "__main__":
    sys.exit(main())
