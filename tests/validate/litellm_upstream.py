"""Every provider in one: answers each wire form with its shortest good answer, or with 500 when it is down.

Used by ``litellm_judge.py`` inside the process of the real LiteLLM, in place of the network.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import Any

import httpx

#: Headers that carry a credential or steer the answer.
HEADERS = ("x-api-key", "api-key", "x-goog-api-key", "authorization", "anthropic-beta", "anthropic-version")

_USAGE = {"input_tokens": 1, "output_tokens": 1}
_MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [{"type": "text", "text": "hi"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": _USAGE,
}
_MESSAGE_EVENTS: list[dict[str, Any]] = [
    {"type": "message_start", "message": {**_MESSAGE, "content": [], "stop_reason": None}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hi"}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 1},
    },
    {"type": "message_stop"},
]
_CHAT = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
_CHAT_USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
_GEMINI = {
    "candidates": [{"content": {"role": "model", "parts": [{"text": "hi"}]}, "finishReason": "STOP", "index": 0}],
    "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2},
}
_RESPONSE: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "status": "completed",
    "model": "m",
    "output": [
        {
            "type": "message",
            "id": "m1",
            "status": "completed",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "hi", "annotations": []}],
        }
    ],
    "usage": {
        **_USAGE,
        "total_tokens": 2,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    },
    "parallel_tool_calls": True,
    "tools": [],
    "tool_choice": "auto",
    "metadata": {},
}
_CONVERSE_USAGE = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}
_CONVERSE = [
    ("messageStart", {"role": "assistant"}),
    ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "hi"}}),
    ("contentBlockStop", {"contentBlockIndex": 0}),
    ("messageStop", {"stopReason": "end_turn"}),
    ("metadata", {"usage": _CONVERSE_USAGE, "metrics": {"latencyMs": 1}}),
]


class Upstream:
    """``sent`` holds every request since it was last emptied."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.down = False
        self.transport = httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        content = request.read()
        if b"grant_type" in content:
            return httpx.Response(200, json={"access_token": "t", "expires_in": 3600, "token_type": "Bearer"})
        try:
            body = json.loads(content or b"{}")
        except ValueError:
            body = content.decode("latin-1")
        headers = {k: request.headers[k].partition(", SignedHeaders")[0] for k in HEADERS if k in request.headers}
        self.sent.append({"method": request.method, "url": str(request.url), "headers": headers, "body": body})
        if self.down:
            return httpx.Response(500, json={"type": "error", "error": {"type": "api_error", "message": "down"}})
        return _answer(request.url.path, isinstance(body, dict) and bool(body.get("stream")))


def _answer(path: str, stream: bool) -> httpx.Response:
    if path.endswith("/converse"):
        output = {"message": {"role": "assistant", "content": [{"text": "hi"}]}}
        return httpx.Response(
            200,
            json={"output": output, "stopReason": "end_turn", "usage": _CONVERSE_USAGE, "metrics": {"latencyMs": 1}},
        )
    if path.endswith("/converse-stream"):
        return _frames(_CONVERSE)
    if path.endswith("/invoke-with-response-stream"):
        return _frames(
            [("chunk", {"bytes": base64.b64encode(json.dumps(e).encode()).decode()}) for e in _MESSAGE_EVENTS]
        )
    if "enerateContent" in path:
        return _events([_GEMINI]) if "stream" in path else httpx.Response(200, json=_GEMINI)
    if path.endswith("/responses"):
        return _responses(stream)
    if path.endswith(("/v1/messages", "/invoke")) or "/publishers/anthropic/" in path:
        if not stream and "stream" not in path:
            return httpx.Response(200, json=_MESSAGE)
        text = "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in _MESSAGE_EVENTS)
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, text=text)
    if path.endswith(("/chat/completions", "awPredict")):
        return _chat(stream or "stream" in path)
    return httpx.Response(404, json={"type": "error", "error": {"type": "not_found_error", "message": "no such path"}})


def _responses(stream: bool) -> httpx.Response:
    if not stream:
        return httpx.Response(200, json=_RESPONSE)
    delta = {
        "type": "response.output_text.delta",
        "item_id": "m1",
        "output_index": 0,
        "content_index": 0,
        "delta": "hi",
    }
    begun = {"type": "response.created", "response": {**_RESPONSE, "status": "in_progress", "output": []}}
    return _events([begun, delta, {"type": "response.completed", "response": _RESPONSE}])


def _chat(stream: bool) -> httpx.Response:
    message = {"role": "assistant", "content": "hi"}
    if not stream:
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        return httpx.Response(200, json={**_CHAT, "choices": choices, "usage": _CHAT_USAGE})
    chunk = {**_CHAT, "object": "chat.completion.chunk"}
    chunks = [
        {**chunk, "choices": [{"index": 0, "delta": message, "finish_reason": None}]},
        {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {**chunk, "choices": [], "usage": _CHAT_USAGE},
    ]
    return _events(chunks, "data: [DONE]\n\n")


def _events(events: list[dict[str, Any]], end: str = "") -> httpx.Response:
    text = "".join(f"data: {json.dumps(e)}\n\n" for e in events) + end
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, text=text)


def _frames(events: list[tuple[str, dict[str, Any]]]) -> httpx.Response:
    """Amazon's event stream."""
    content = b"".join(_frame(name, payload) for name, payload in events)
    return httpx.Response(200, headers={"content-type": "application/vnd.amazon.eventstream"}, content=content)


def _frame(name: str, payload: dict[str, Any]) -> bytes:
    headers = b""
    for key, value in ((":event-type", name), (":content-type", "application/json"), (":message-type", "event")):
        headers += bytes([len(key)]) + key.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
    data = json.dumps(payload).encode()
    start = struct.pack(">II", len(headers) + len(data) + 16, len(headers))
    message = start + struct.pack(">I", zlib.crc32(start)) + headers + data
    return message + struct.pack(">I", zlib.crc32(message))
