"""A gateway in front of the strict Anthropic emulator that can be broken in one place."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mcp_server.catalogue.shapes import shape_for
from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.snapshot import Snapshot

KEY = "sk-key-of-the-checks-1"
MODEL = "claude-opus-5-5"
ALL_BETAS = ",".join(shape_for("2.1.330", MODEL).betas)

Events = list[tuple[str, dict[str, Any]]]


@dataclass
class Call:
    """One request as the gateway sees it."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def message(self) -> bool:
        return self.path == "/v1/messages"

    @property
    def tools(self) -> int:
        return len(self.body.get("tools", ()))

    @property
    def betas(self) -> list[str]:
        return [beta for beta in self.headers.get("anthropic-beta", "").split(",") if beta]

    def results(self) -> list[dict[str, Any]]:
        """The tool results in the messages."""
        blocks = [b for m in self.body.get("messages", ()) if isinstance(m["content"], list) for b in m["content"]]
        return [block for block in blocks if block["type"] == "tool_result"]


def refusal(text: str, status: int = 400) -> Response:
    error = {"type": "invalid_request_error", "message": text}
    return JSONResponse({"type": "error", "error": error}, status, {"request-id": "req_1"})


@dataclass
class Broken:
    """``before`` answers instead of the emulator, ``change`` alters the call, ``events`` a stream, ``whole`` an answer.

    ``whole(call, status, headers, body)`` may change ``headers`` in place and returns the body.
    """

    before: Callable[[Call], Response | None] = lambda call: None
    change: Callable[[Call], None] = lambda call: None
    events: Callable[[Call, Events], Events] = lambda call, events: events
    whole: Callable[[Call, dict[str, str], bytes], bytes] = lambda call, headers, body: body
    delay: Callable[[Call, bytes], float] = lambda call, body: 0.0
    emulator: AnthropicEmulator = field(
        default_factory=lambda: AnthropicEmulator(credential=KEY, models=(MODEL,), strict_models=True)
    )
    calls: list[Call] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        raw = await request.body()
        body = json.loads(raw) if raw else {}
        call = Call(request.method, request.url.path, dict(request.headers), body)
        self.calls.append(call)
        answer = self.before(call)
        if answer is None:
            answer = await self._behind(scope, call)
        await answer(scope, receive, send)

    async def _behind(self, scope: Any, call: Call) -> Response:
        self.change(call)
        if call.message and call.betas != ALL_BETAS.split(","):
            # What a check leaves out of the beta names is not what is on trial here.
            named = dict.fromkeys([*ALL_BETAS.split(","), *call.betas])
            call.headers["anthropic-beta"] = ",".join(named)
        content = json.dumps(call.body).encode() if call.body else b""
        call.headers["content-length"] = str(len(content))
        headers = [(name.encode(), value.encode()) for name, value in call.headers.items()]
        sent: list[dict[str, Any]] = []
        whole = iter([content])

        async def receive() -> dict[str, Any]:
            if (content := next(whole, None)) is None:
                await asyncio.Event().wait()  # the emulator only waits for a client that goes away
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.emulator({**scope, "headers": headers}, receive, send)
        kept = {name.decode(): value.decode() for name, value in sent[0]["headers"] if name != b"content-length"}
        body = b"".join(message.get("body", b"") for message in sent[1:])
        if kept.get("content-type", "").startswith("text/event-stream"):
            body = _written(self.events(call, _read(body)))
        body = self.whole(call, kept, body)
        await asyncio.sleep(self.delay(call, body))
        return _Sent(body, sent[0]["status"], kept)


class _Sent(Response):
    """A body without a content-length when it is a stream."""

    def init_headers(self, headers: Any = None) -> None:
        super().init_headers(headers)
        if headers and headers.get("content-type", "").startswith(("text/event-stream", "text/x-stream")):
            self.raw_headers = [entry for entry in self.raw_headers if entry[0] != b"content-length"]


def _read(body: bytes) -> Events:
    events = []
    for block in body.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "data" in lines:
            events.append((lines["event"], json.loads(lines["data"])))
    return events


def _written(events: Events) -> bytes:
    return "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events).encode()


def machine(url: str, **variables: str) -> Snapshot:
    """A machine whose Claude Code points at ``url``."""
    shell = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": KEY, "ANTHROPIC_MODEL": MODEL, **variables}
    return Snapshot(shell=shell, client_version="2.1.330")
