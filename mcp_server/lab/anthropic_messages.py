"""The Anthropic Messages dialect: the conversation in neutral form, and the model's answer as a message or a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from mcp_server.lab import thinking, tokens
from mcp_server.lab.scripted import THOUGHT, CallTool, Conversation, Cut, Say, Stopped, Turn, decide, within

_SERVER_SEARCH = "tool_search_tool_"


def conversation(body: dict[str, Any]) -> Conversation:
    """The messages in neutral form."""
    return Conversation([_turn(message) for message in body["messages"]])


def _turn(message: dict[str, Any]) -> Turn:
    blocks = blocks_of(message)
    return Turn(
        role=message["role"],
        text="\n".join(_texts(blocks)),
        calls=tuple(CallTool(b["name"], b["input"]) for b in blocks if b["type"] == "tool_use"),
        results=tuple("\n".join(_texts(blocks_of(block))) for block in blocks if block["type"] == "tool_result"),
    )


def offered_tools(body: dict[str, Any]) -> list[str]:
    """Names of the tools the model may call: a deferred tool counts once a tool search has brought it up, or when the
    request has a tool search that the service runs itself."""
    if (body.get("tool_choice") or {}).get("type") == "none":
        return []
    visible = found_tools(body)
    tools = [tool for tool in body.get("tools") or [] if "name" in tool and not _is_server_tool(tool)]
    deferred_too = searches_itself(body)
    return [t["name"] for t in tools if not t.get("defer_loading") or deferred_too or t["name"] in visible]


def found_tools(body: dict[str, Any]) -> set[str]:
    """Names of the deferred tools that a search has brought up."""
    results = [block for message in body["messages"] for block in blocks_of(message) if "tool_use_id" in block]
    parts = [part for block in results for part in blocks_of(block)]
    parts += [
        reference
        for block in results
        if isinstance(block.get("content"), dict)
        for reference in block["content"].get("tool_references", ())
    ]
    return {part["tool_name"] for part in parts if part["type"] == "tool_reference"}


def searches_itself(body: dict[str, Any]) -> bool:
    """Whether the request has a tool search that the service runs."""
    return any((tool.get("type") or "").startswith(_SERVER_SEARCH) for tool in body.get("tools") or [])


def _is_server_tool(tool: dict[str, Any]) -> bool:
    return (tool.get("type") or "custom") != "custom" and tool.get("type", "").startswith(
        (_SERVER_SEARCH, "web_", "code_")
    )


def answer(body: dict[str, Any], model: str, usage: dict[str, Any]) -> dict[str, Any]:
    """What the scripted model answers, as a message. ``usage``: what the request costs, without ``output_tokens``."""
    limit = body["max_tokens"]
    thought, room = _thought(body, limit)
    decision = within(decide(conversation(body), offered_tools(body)), room, body.get("stop_sequences"))
    content, output = _content(decision, body)
    if thought is not None:
        content.insert(0, thought)
        output += tokens.count(THOUGHT)
    stopped = decision.sequence if isinstance(decision, Stopped) else None
    reason = "max_tokens" if isinstance(decision, Cut) else "end_turn" if isinstance(decision, Say) else "tool_use"
    return {
        "id": f"msg_{uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": "stop_sequence" if stopped else reason,
        "stop_sequence": stopped,
        "usage": {**usage, "output_tokens": output},
    }


def _thought(body: dict[str, Any], limit: int) -> tuple[dict[str, Any] | None, int]:
    """The thinking block before the answer, if any, and the tokens left for the answer.

    A request whose limit is too small for the thought is answered without one, as adaptive thinking would. So is one
    with a thinking budget in the middle of a tool loop that has lost its thinking: the service falls back silently.
    Claude Code 2.1.197 relies on it, for it drops thinking when an answer names its model in other words than the
    request, as Bedrock and Vertex AI do for dated ids.
    """
    config = body.get("thinking") or {}
    room = limit - tokens.count(THOUGHT)
    lost = config.get("type") == "enabled" and _has_lost_thinking(body["messages"])
    if config.get("type") not in ("enabled", "adaptive") or room < 1 or lost:
        return None, limit
    shown = "" if config.get("display") == "omitted" else THOUGHT
    return {"type": "thinking", "thinking": shown, "signature": thinking.signature(THOUGHT)}, room


def _has_lost_thinking(turns: list[dict[str, Any]]) -> bool:
    answering = any(block["type"] == "tool_result" for block in blocks_of(turns[-1]))
    asked = next((turn for turn in reversed(turns) if turn["role"] == "assistant"), None)
    first = next(iter(blocks_of(asked)), None) if asked else None
    return answering and first is not None and first["type"] not in ("thinking", "redacted_thinking")


def _content(decision: Say | CallTool, body: dict[str, Any]) -> tuple[list[dict[str, Any]], int]:
    if isinstance(decision, Say):
        return [{"type": "text", "text": decision.text}], tokens.count(decision.text)
    content: list[dict[str, Any]] = []
    deferred = {tool.get("name") for tool in body.get("tools") or [] if tool.get("defer_loading")} - found_tools(body)
    for call in decision.all:
        if call.name in deferred:
            content.extend(_server_search(call.name, body))
            deferred.discard(call.name)
        content.append(
            {"type": "tool_use", "id": f"toolu_{uuid4().hex[:24]}", "name": call.name, "input": call.arguments}
        )
    return content, tokens.count(*(part for call in decision.all for part in (call.name, call.arguments)))


def _server_search(name: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    """The two blocks of a search that the service runs between them."""
    tool = next(t for t in body["tools"] if (t.get("type") or "").startswith(_SERVER_SEARCH))
    identifier = f"srvtoolu_{uuid4().hex[:24]}"
    asked = {"pattern": name} if "regex" in tool["type"] else {"query": name}
    found = {
        "type": "tool_search_tool_search_result",
        "tool_references": [{"type": "tool_reference", "tool_name": name}],
    }
    return [
        {"type": "server_tool_use", "id": identifier, "name": tool["name"], "input": asked},
        {"type": "tool_search_tool_result", "tool_use_id": identifier, "content": found},
    ]


def judged(message: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """``message`` with the judgement of its calls that auto mode asks for: the scripted model is never dangerous."""
    if not body.get("safeguards"):
        return message
    verdict = {"type": "evaluated", "outcome": "not_flagged"}
    calls = {block["id"]: verdict for block in message["content"] if block["type"] == "tool_use"}
    status = {"type": "available", "tool_uses": calls}
    return {**message, "safeguard_results": [{"type": "dangerous_tool_use", "status": status}]}


def events(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One message as the events of a stream, in the order of the real service."""
    usage = message["usage"]
    opening: dict[str, Any] = {"content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    begun = {key: value for key, value in message.items() if key != "safeguard_results"}
    yield {"type": "message_start", "message": {**begun, **opening}}
    for index, block in enumerate(message["content"]):
        yield {"type": "content_block_start", "index": index, "content_block": {**block, **_emptied(block)}}
        if index == 0:
            yield {"type": "ping"}
        for delta in deltas(block):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    ending = {name: message[name] for name in ("stop_reason", "stop_sequence", "safeguard_results") if name in message}
    yield {"type": "message_delta", "delta": ending, "usage": usage}
    yield {"type": "message_stop"}


def _emptied(block: dict[str, Any]) -> dict[str, Any]:
    """What of a block comes later, in its deltas."""
    kinds: dict[str, dict[str, Any]] = {
        "text": {"text": ""},
        "thinking": {"thinking": "", "signature": ""},
        "tool_use": {"input": {}},
        "server_tool_use": {"input": {}},
    }
    return kinds.get(block["type"], {})


def deltas(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A content block in the small parts of a stream."""
    if block["type"] == "text":
        yield from ({"type": "text_delta", "text": piece} for piece in tokens.pieces(block["text"]))
    elif block["type"] == "thinking":
        if block["thinking"]:
            yield from ({"type": "thinking_delta", "thinking": piece} for piece in tokens.pieces(block["thinking"]))
        yield {"type": "signature_delta", "signature": block["signature"]}
    elif "input" in block:
        arguments = json.dumps(block["input"])
        middle = len(arguments) // 2
        for part in ("", arguments[:middle], arguments[middle:]):
            yield {"type": "input_json_delta", "partial_json": part}


def input_tokens(body: dict[str, Any]) -> int:
    """Tokens of everything the model reads."""
    return tokens.count(body.get("system"), body["messages"], body.get("tools"))


def blocks_of(holder: dict[str, Any]) -> list[dict[str, Any]]:
    """The content blocks of a message or a tool result; a plain text is one text block."""
    content = holder.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return content if isinstance(content, list) else []


def _texts(blocks: list[dict[str, Any]]) -> list[str]:
    return [block["text"] for block in blocks if block["type"] == "text"]
