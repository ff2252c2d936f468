"""The Anthropic Messages dialect: what the service refuses, and the conversation in neutral form."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mcp_server.lab import tokens
from mcp_server.lab.request_schema import violations
from mcp_server.lab.scripted import CallTool, Conversation, Turn

#: Accepted although the SDK's types lack them: key → why.
LENIENT = dict.fromkeys(
    ("temperature", "top_p", "top_k"),
    "left out of the SDK's types since 2.x, still taken; Claude Code sends temperature when thinking is off",
)
_SENTENCES = {"unknown": "Extra inputs are not permitted", "missing": "Field required"}


def problem(body: Any, headers: Mapping[str, str], *, counting: bool) -> str | None:
    """Why the service would answer 400, or ``None``. ``counting``: for ``count_tokens``, which needs no limit.

    With an ``anthropic-beta`` header the SDK's beta types decide, without one the stable types.
    """
    if not isinstance(body, dict):
        return "The request body is not valid JSON"
    if "anthropic-version" not in headers:
        return "anthropic-version: header is required"
    schema = "anthropic_beta_messages" if headers.get("anthropic-beta") else "anthropic_messages"
    checked = {name: value for name, value in body.items() if name not in LENIENT}
    if found := violations(schema, {"max_tokens": 1, **checked} if counting else checked):
        return f"{found[0].dotted}: {_SENTENCES.get(found[0].kind, found[0].detail)}"
    if not body["messages"]:
        return "messages: at least one message is required"
    if not counting and body["max_tokens"] < 1:
        return "max_tokens: must be greater than or equal to 1"
    return _pairing_problem(body["messages"])


def _pairing_problem(messages: list[dict[str, Any]]) -> str | None:
    """Each call is answered in the next message, and only calls are answered."""
    open_uses: set[str] = set()
    for number, message in enumerate(messages):
        if message["role"] == "system":
            continue
        blocks = _blocks(message)
        answered = {block["tool_use_id"] for block in blocks if block["type"] == "tool_result"}
        if stray := answered - open_uses:
            return (
                f"messages.{number}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: {min(stray)}. "
                "Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
            )
        if missing := open_uses - answered:
            return (
                f"messages.{number}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{', '.join(sorted(missing))}. Each `tool_use` block must have a corresponding `tool_result` block "
                "in the next message."
            )
        open_uses = {block["id"] for block in blocks if block["type"] == "tool_use"}
    return None


def conversation(body: dict[str, Any]) -> Conversation:
    """The messages in neutral form."""
    return Conversation([_turn(message) for message in body["messages"]])


def _turn(message: dict[str, Any]) -> Turn:
    blocks = _blocks(message)
    return Turn(
        role=message["role"],
        text="\n".join(_texts(blocks)),
        calls=tuple(CallTool(b["name"], b["input"]) for b in blocks if b["type"] == "tool_use"),
        results=tuple("\n".join(_texts(_blocks(block))) for block in blocks if block["type"] == "tool_result"),
    )


def offered_tools(body: dict[str, Any]) -> list[str]:
    """Names of the tools the model may call: a deferred tool counts once a tool search has brought it up."""
    found = {
        part["tool_name"]
        for message in body["messages"]
        for block in _blocks(message)
        if block["type"] == "tool_result"
        for part in _blocks(block)
        if part["type"] == "tool_reference"
    }
    tools = [tool for tool in body.get("tools", []) if "name" in tool]
    return [tool["name"] for tool in tools if not tool.get("defer_loading") or tool["name"] in found]


def deltas(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A content block in the small parts of a stream."""
    if block["type"] == "text":
        for piece in tokens.pieces(block["text"]):
            yield {"type": "text_delta", "text": piece}
        return
    arguments = json.dumps(block["input"])
    middle = len(arguments) // 2
    for part in ("", arguments[:middle], arguments[middle:]):
        yield {"type": "input_json_delta", "partial_json": part}


def _blocks(holder: dict[str, Any]) -> list[dict[str, Any]]:
    """The content blocks of a message or a tool result; a plain text is one text block."""
    content: str | list[dict[str, Any]] | None = holder.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return content or []


def _texts(blocks: list[dict[str, Any]]) -> list[str]:
    return [block["text"] for block in blocks if block["type"] == "text"]
