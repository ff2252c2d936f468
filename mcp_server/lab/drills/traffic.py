"""What the drill's client sends to the gateway, shaped like Claude Code's calls, and what it gets back."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_server.net.http import Reply, StreamReply, request, stream
from mcp_server.net.route import NetFailure, Route
from mcp_server.probe.reply.events import Transcript, read_stream
from mcp_server.redact import quote
from mcp_server.run import programs

_TOOL = {
    "name": "note",
    "description": "Keeps a note.",
    "input_schema": {
        "type": "object",
        "properties": {"title": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}},
        "required": ["title"],
    },
}
#: A beta that every provider of Claude takes, so that a refusal cannot come from it.
BETA = "interleaved-thinking-2025-05-14"


@dataclass(frozen=True)
class Asked:
    """One call of the client. ``error`` is quoted text, safe to show; empty when the answer came whole and right."""

    marker: str
    name: str
    status: int
    seconds: float
    at: float
    """``time.monotonic()`` when it was sent."""
    error: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    usage: Mapping[str, Any] = field(default_factory=dict)
    model: str | None = None

    @property
    def ok(self) -> bool:
        return not self.error


@dataclass(frozen=True)
class Client:
    """Sends Messages requests with one key, in the header ``key_header``. ``patience``: seconds for one whole call."""

    base_url: str
    key: str = field(repr=False)
    key_header: str = "authorization"
    patience: float = 60

    def headers(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """What Claude Code sends with each call, and ``extra``."""
        own = {
            "user-agent": f"claude-cli/{programs.newest_claude_code()} (external, cli)",
            "x-app": "cli",
            "anthropic-version": "2023-06-01",
            "anthropic-beta": BETA,
            "content-type": "application/json",
        }
        value = self.key if self.key_header == "x-api-key" else f"Bearer {self.key}"
        return {**own, self.key_header: value, **(extra or {})}

    async def ask(
        self,
        name: str,
        *,
        tool: bool = False,
        streamed: bool = True,
        extra: Mapping[str, str] | None = None,
        user: str | None = None,
    ) -> Asked:
        """One call for the model ``name``, for the person ``user``. Never raises."""
        marker = new_marker()
        body = message(name, marker, tool=tool, streamed=streamed)
        body |= {"metadata": {"user_id": user}} if user else {}
        route = Route(self.base_url, timeout=self.patience)
        at = time.monotonic()
        try:
            if streamed:
                answer = await stream(
                    route, "/v1/messages", headers=self.headers(extra), json=body, deadline=self.patience
                )
                return _judged_stream(marker, name, at, answer, tool=tool)
            whole = await request(
                route, "POST", "/v1/messages", headers=self.headers(extra), json=body, deadline=self.patience
            )
            return _judged_whole(marker, name, at, whole, tool=tool)
        except NetFailure as failure:
            return Asked(marker, name, 0, time.monotonic() - at, at, f"no answer: {quote(failure.detail, 160)}")


def new_marker() -> str:
    """The word that ties a call to what it causes upstream (``upstreams.MARKER``)."""
    return f"drill-{secrets.token_hex(6)}"


def message(name: str, marker: str, *, tool: bool = False, streamed: bool = True) -> dict[str, Any]:
    """A Messages body whose right answer is known."""
    sentence = (
        f'Call the tool "note" once, with exactly this JSON as its input: {json.dumps(_arguments(marker))}'
        if tool
        else f"Answer with exactly: {marker}"
    )
    body: dict[str, Any] = {"model": name, "max_tokens": 256, "messages": [{"role": "user", "content": sentence}]}
    return {**body, **({"tools": [_TOOL]} if tool else {}), **({"stream": True} if streamed else {})}


def _arguments(marker: str) -> dict[str, Any]:
    return {"title": marker, "tags": ["a", "ü"]}


def _judged_stream(marker: str, name: str, at: float, answer: StreamReply, *, tool: bool) -> Asked:
    read = read_stream(answer.events)
    error = ""
    if answer.status != 200:
        error = f"{answer.status}: {said(answer.body_head)}"
    elif read.error is not None:
        error = f"an error inside the stream: {quote(read.error.get('message'), 200)}"
    elif not read.complete or answer.ended != "clean":
        error = "the stream ends without message_stop"
    else:
        error = _content_problem(read, marker, tool=tool)
    rest = (answer.headers, read.usage, read.model)
    return Asked(marker, name, answer.status, answer.total_seconds, at, error, *rest)


def _content_problem(read: Transcript, marker: str, *, tool: bool) -> str:
    if not tool:
        return "" if marker in read.text else f"another text came: {quote(read.text, 80)}"
    if not read.tool_calls:
        return f"no tool call came, but the text {quote(read.text, 80)!r}"
    call = read.tool_calls[0]
    return (
        "" if call.name == "note" and call.arguments == _arguments(marker) else "the tool call's arguments are changed"
    )


def _judged_whole(marker: str, name: str, at: float, answer: Reply, *, tool: bool) -> Asked:
    try:
        body = json.loads(answer.body)
    except ValueError:
        body = {}
    body = body if isinstance(body, dict) else {}
    blocks = [block for block in body.get("content") or () if isinstance(block, dict)]
    if answer.status != 200:
        error = f"{answer.status}: {said(answer.body)}"
    elif tool:
        right = any(b.get("type") == "tool_use" and b.get("input") == _arguments(marker) for b in blocks)
        error = "" if right else "no tool call with the right arguments came"
    else:
        error = "" if any(marker in str(b.get("text")) for b in blocks) else "another text came"
    usage, model = body.get("usage") or {}, body.get("model")
    return Asked(marker, name, answer.status, answer.total_seconds, at, error, answer.headers, usage, model)


def said(body: bytes) -> str:
    """The message of an error body, quoted; else its beginning."""
    text = body.decode("utf-8", errors="replace")
    if text == "Internal Server Error":
        return f"{text} (LiteLLM without its database client says so of everything that its own checks refuse)"
    try:
        data = json.loads(text)
    except ValueError:
        return quote(text, 200)
    inner = data.get("error", data) if isinstance(data, dict) else data
    return quote(inner.get("message", inner) if isinstance(inner, dict) else inner, 200)
