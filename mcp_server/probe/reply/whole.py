"""A whole JSON message where a stream was asked for, read as the client reads it after asking again without a stream
(pure)."""

from __future__ import annotations

import json
from typing import Any

from mcp_server.net.body import SseEvent


def whole_message(body: bytes, seconds: float) -> list[SseEvent]:
    """The message in ``body`` as the events that say the same, all arrived after ``seconds``; empty when there is no
    message in it."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return []
    if not isinstance(message, dict) or message.get("type") != "message":
        return []
    if not isinstance(message.get("content"), list):
        return []
    data: list[dict[str, Any]] = [{"type": "message_start", "message": {**message, "content": []}}]
    for index, block in enumerate(message["content"]):
        if not isinstance(block, dict):
            return []
        start = {key: value for key, value in block.items() if key not in ("text", "thinking", "input")}
        data.append({"type": "content_block_start", "index": index, "content_block": start})
        data += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in _deltas(block)]
        data.append({"type": "content_block_stop", "index": index})
    ending: dict[str, Any] = {"stop_reason": message.get("stop_reason"), "stop_sequence": message.get("stop_sequence")}
    if "safeguard_results" in message:
        ending["safeguard_results"] = message["safeguard_results"]
    data.append({"type": "message_delta", "delta": ending, "usage": message.get("usage")})
    data.append({"type": "message_stop"})
    return [SseEvent(seconds, each["type"], json.dumps(each)) for each in data]


def _deltas(block: dict[str, Any]) -> list[dict[str, Any]]:
    kind = block.get("type")
    if kind == "text":
        return [{"type": "text_delta", "text": block.get("text")}]
    if kind == "thinking":
        thought = {"type": "thinking_delta", "thinking": block.get("thinking")}
        return [thought, {"type": "signature_delta", "signature": block.get("signature")}]
    if kind == "tool_use":
        return [{"type": "input_json_delta", "partial_json": json.dumps(block.get("input"))}]
    return []
