"""A small gateway whose every step can be broken: the opposite of the strict emulators of the laboratory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from mcp_server.answer import Answer
from mcp_server.lab import anthropic_messages as messages
from mcp_server.lab.scripted import Say, decide
from mcp_server.lab.serve import running
from mcp_server.operations import test_model as operation
from mcp_server.snapshot import Snapshot

KEY = "sk-good-key-of-the-tests-1"
MODEL = "claude-opus-5-5"

Event = tuple[str, Any]


def anthropic_error(status: int, kind: str, message: str, **headers: str) -> Response:
    return JSONResponse({"type": "error", "error": {"type": kind, "message": message}}, status, headers)


def litellm_error(status: int, message: str, kind: str = "None", **headers: str) -> Response:
    error = {"message": message, "type": kind, "param": "None", "code": str(status)}
    return JSONResponse({"error": error}, status, headers)


@dataclass
class Call:
    """One request as the gateway saw it."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Gateway:
    """``before`` may answer instead of the gateway; ``events`` changes the stream; the rest are single faults."""

    before: Callable[[Call], Response | None] = lambda call: None
    events: Callable[[list[Event]], list[Event]] = lambda events: events
    decide: Callable[[dict[str, Any]], Any] | None = None
    litellm: bool = False
    models: tuple[str, ...] = (MODEL,)
    lists_models: bool = True
    counts_tokens: bool = True
    content_type: str = "text/event-stream"
    pause: float = 0.0
    buffered: bool = False
    start_delay: float = 0.0
    abort_after: int | None = None
    calls: list[Call] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        raw = await request.body()
        call = Call(request.method, request.url.path, dict(request.headers), json.loads(raw) if raw else None)
        self.calls.append(call)
        response = self.before(call) or self.answer(call)
        if self.litellm:
            response.headers["x-litellm-version"] = "1.106.2"
        await response(scope, receive, send)

    @property
    def messages(self) -> list[Call]:
        """The streamed message requests."""
        return [call for call in self.calls if call.path == "/v1/messages" and call.body and call.body.get("stream")]

    def answer(self, call: Call) -> Response:
        if self.litellm and call.path == "/health/liveliness":
            return JSONResponse("I'm alive!")
        key = call.headers.get("x-api-key") or call.headers.get("authorization", "").removeprefix("Bearer ")
        if key != KEY:
            return anthropic_error(401, "authentication_error", "invalid key")
        if call.path == "/v1/models" and self.lists_models:
            return JSONResponse({"data": [{"type": "model", "id": name} for name in self.models]})
        if call.path == "/v1/messages/count_tokens" and self.counts_tokens:
            return JSONResponse({"input_tokens": 12})
        if call.path == "/v1/messages" and call.method == "POST":
            if not call.body:
                return anthropic_error(400, "invalid_request_error", "model: Field required")
            return self.message(call.body)
        return JSONResponse({"detail": "Not Found"}, 404)

    def message(self, body: dict[str, Any]) -> Response:
        decision = decide(messages.conversation(body), messages.offered_tools(body))
        if self.decide is not None:
            decision = self.decide(body) or decision
        if isinstance(decision, Say):
            block: dict[str, Any] = {"type": "text", "text": decision.text}
        else:
            block = {"type": "tool_use", "id": "toolu_1", "name": decision.name, "input": decision.arguments}
        stop = "end_turn" if isinstance(decision, Say) else "tool_use"
        events = self.events(stream_events(body["model"], block, stop))
        return StreamingResponse(self._lines(events), media_type=self.content_type)

    async def _lines(self, events: list[Event]) -> AsyncIterator[str]:
        await asyncio.sleep(self.start_delay)
        lines = []
        for number, (name, data) in enumerate(events):
            if number == self.abort_after:
                raise ConnectionAbortedError
            content = data if isinstance(data, str) else json.dumps(data)
            line = f"event: {name}\ndata: {content}\n\n" if name else f"data: {content}\n\n"
            await asyncio.sleep(self.pause)
            if self.buffered:
                lines.append(line)
            else:
                yield line
        if lines:
            yield "".join(lines)


def stream_events(model: str, block: dict[str, Any], stop: str) -> list[Event]:
    """A well-formed stream of one content block."""

    def event(kind: str, **data: Any) -> Event:
        return kind, {"type": kind, **data}

    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": []}
    empty = {**block, "text": ""} if block["type"] == "text" else {**block, "input": {}}
    return [
        event("message_start", message={**head, "usage": {"input_tokens": 21, "output_tokens": 1}}),
        event("content_block_start", index=0, content_block=empty),
        event("ping"),
        *(event("content_block_delta", index=0, delta=delta) for delta in messages.deltas(block)),
        event("content_block_stop", index=0),
        event("message_delta", delta={"stop_reason": stop, "stop_sequence": None}, usage={"output_tokens": 7}),
        event("message_stop"),
    ]


def machine(url: str, key: str | None = KEY, **variables: str) -> Snapshot:
    """A machine whose Claude Code points at ``url``."""
    credential = {"ANTHROPIC_AUTH_TOKEN": key} if key else {}
    shell = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_MODEL": MODEL, **credential, **variables}
    return Snapshot(shell=shell, client_version="2.1.330")


async def check(
    gateway: Any, *, path: str = "", key: str | None = KEY, level: str = "claude-code", **more: Any
) -> Answer:
    """The Answer of test_model for ``gateway``, configured as a user would."""
    with running(gateway) as url:
        snapshot = machine(url + path, key, **more.pop("variables", {}))
        return await operation.run(level=level, snapshot=snapshot, **more)
