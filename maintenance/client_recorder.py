"""Runs the real Claude Code against a recorder on loopback, in every provider mode. Used by the other scripts here."""

from __future__ import annotations

import base64
import json
import os
import struct
import subprocess
import tempfile
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from mcp_server.lab import eventstream

#: Method, path, headers, body (``None`` where there is none) of one request.
Request = tuple[str, str, dict[str, str], Any]

#: What sends the client to ``{base}`` in each provider mode, its own authentication switched off.
PROVIDERS: dict[str, dict[str, str]] = {
    "anthropic": {"ANTHROPIC_BASE_URL": "{base}"},
    "bedrock": {
        "CLAUDE_CODE_USE_BEDROCK": "1",
        "CLAUDE_CODE_SKIP_BEDROCK_AUTH": "1",
        "ANTHROPIC_BEDROCK_BASE_URL": "{base}",
        "AWS_REGION": "us-east-1",
    },
    "vertex": {
        "CLAUDE_CODE_USE_VERTEX": "1",
        "CLAUDE_CODE_SKIP_VERTEX_AUTH": "1",
        "ANTHROPIC_VERTEX_BASE_URL": "{base}/v1",
        "ANTHROPIC_VERTEX_PROJECT_ID": "recorder-project",
        "CLOUD_ML_REGION": "us-east5",
    },
    "foundry": {
        "CLAUDE_CODE_USE_FOUNDRY": "1",
        "CLAUDE_CODE_SKIP_FOUNDRY_AUTH": "1",
        "ANTHROPIC_FOUNDRY_BASE_URL": "{base}",
        "ANTHROPIC_FOUNDRY_API_KEY": "recorder",
    },
    "mantle": {
        "CLAUDE_CODE_USE_MANTLE": "1",
        "CLAUDE_CODE_SKIP_MANTLE_AUTH": "1",
        "ANTHROPIC_BEDROCK_MANTLE_BASE_URL": "{base}",
        "AWS_REGION": "us-east-1",
    },
    "anthropic_aws": {
        "CLAUDE_CODE_USE_ANTHROPIC_AWS": "1",
        "CLAUDE_CODE_SKIP_ANTHROPIC_AWS_AUTH": "1",
        "ANTHROPIC_AWS_BASE_URL": "{base}",
        "ANTHROPIC_AWS_WORKSPACE_ID": "recorder",
        "AWS_REGION": "us-east-1",
    },
    "anthropic_google_cloud": {
        "CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD": "1",
        "CLAUDE_CODE_SKIP_ANTHROPIC_GOOGLE_CLOUD_AUTH": "1",
        "ANTHROPIC_GOOGLE_CLOUD_BASE_URL": "{base}",
        "ANTHROPIC_GOOGLE_CLOUD_PROJECT": "recorder-project",
    },
    # What a sign-in to ``claude gateway`` switches on as well.
    "gateway": {"CLAUDE_CODE_USE_GATEWAY": "1", "ANTHROPIC_BASE_URL": "{base}"},
}

#: Client runs at the same time.
PARALLEL = 2
TOKENS_COUNTED = b'{"input_tokens": 12}'


class Recorder(ThreadingHTTPServer):
    """Answers like a gateway of any format and keeps what it was sent.

    ``note``: the client is asked once to read this file. ``answer`` decides instead: it gets the body and returns a
    tool call (name and input), or ``None`` to end the turn.
    """

    daemon_threads = True

    def __init__(
        self, note: Path | None = None, answer: Callable[[dict[str, Any]], tuple[str, Any] | None] | None = None
    ) -> None:
        self.seen: list[Request] = []
        self.answer = answer or (lambda body: _read_once(body, note))
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def requests(self) -> list[tuple[str, dict[str, str], dict[str, Any]]]:
        """Path, headers and body of every POST."""
        return [(path, headers, body) for method, path, headers, body in self.seen if method == "POST"]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Recorder

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        pass

    def do_HEAD(self) -> None:
        self._note(None)
        self._send(b"", "text/plain")

    def do_GET(self) -> None:
        self._note(None)
        empty = b'{"inferenceProfileSummaries": []}' if "inference-profiles" in self.path else b'{"data": []}'
        self._send(empty, "application/json")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self._note(body)
        if "count" in self.path and "tokens" in self.path:
            self._send(TOKENS_COUNTED, "application/json")
            return
        events = _events(body, self.server.answer(body))
        if self.path.endswith("/invoke-with-response-stream"):
            self._send(b"".join(_framed(event) for event in events), eventstream.MEDIA_TYPE)
        elif body.get("stream"):
            stream = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
            self._send(stream.encode(), "text/event-stream")
        else:
            text = [{"type": "text", "text": "done"}]
            self._send(json.dumps({**events[0]["message"], "content": text}).encode(), "application/json")

    def _note(self, body: Any) -> None:
        self.server.seen.append((self.command, self.path, dict(self.headers), body))

    def _send(self, content: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _read_once(body: dict[str, Any], note: Path | None) -> tuple[str, Any] | None:
    return None if note is None or has_tool_result(body) else ("Read", {"file_path": str(note)})


def _events(body: dict[str, Any], call: tuple[str, Any] | None) -> list[dict[str, Any]]:
    if call is None or not body.get("tools"):
        block: dict[str, Any] = {"type": "text", "text": ""}
        delta, reason = {"type": "text_delta", "text": "done"}, "end_turn"
    else:
        block = {"type": "tool_use", "id": "toolu_1", "name": call[0], "input": {}}
        delta, reason = {"type": "input_json_delta", "partial_json": json.dumps(call[1])}, "tool_use"
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body.get("model", "recorder"),
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


def _framed(event: dict[str, Any]) -> bytes:
    return eventstream.event("chunk", {"bytes": base64.b64encode(json.dumps(event).encode()).decode()})


def environment_of(home: Path, server: Recorder, provider: str = "anthropic") -> dict[str, str]:
    """All that a client run from here sees: a scratch ``home``, ``server`` as its gateway, no retries."""
    base = f"http://127.0.0.1:{server.server_port}"
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "CLAUDE_CONFIG_DIR": str(home / "config"),
        "ANTHROPIC_AUTH_TOKEN": "recorder",
        "CLAUDE_CODE_MAX_RETRIES": "0",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "CLAUDE_CODE_DISABLE_LEGACY_MODEL_REMAP": "1",
        **{name: value.format(base=base) for name, value in PROVIDERS[provider].items()},
    }


def run_client(
    claude: Path,
    options: Sequence[str],
    extra: Mapping[str, str],
    *,
    provider: str = "anthropic",
    prompt: str = "say hi",
    answer: Callable[[Path], Callable[[dict[str, Any]], tuple[str, Any] | None]] | None = None,
) -> tuple[list[Request], str]:
    """One ``claude -p``: what it sent, and what it printed. ``answer`` gets the working folder with its two files."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        work = scratch / "work"
        work.mkdir()
        note = work / "note.txt"
        note.write_text("kettle\n", encoding="utf-8")
        (work / "red.png").write_bytes(png())
        server = Recorder(note, answer(work) if answer else None)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            run = subprocess.run(
                [str(claude), "-p", prompt, "--output-format", "json", *options],
                env={**environment_of(scratch, server, provider), **extra},
                cwd=work,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=90,
                check=False,
            )
        finally:
            server.shutdown()
            server.server_close()
    return server.seen, f"{run.stdout[:300]} {run.stderr[:300]}"


def has_tool_result(body: dict[str, Any]) -> bool:
    """Does a message carry the result of a tool call?"""
    return any(
        isinstance(m["content"], list) and any(b.get("type") == "tool_result" for b in m["content"])
        for m in body["messages"]
    )


def png() -> bytes:
    """A small red square."""
    rows = b"".join(b"\0" + b"\xff\0\0" * 8 for _ in range(8))
    parts = ((b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
