"""What a service that serves Claude refuses in the messages themselves: empty content, calls without results, changed
thinking. Wordings as in ``anthropic_rules``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mcp_server.lab import thinking
from mcp_server.lab.anthropic_messages import blocks_of

_MODIFIED = (
    "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified. These blocks must "
    "remain as they were in the original response."
)


def message_problems(messages: list[dict[str, Any]]) -> Iterator[str]:
    """Each refusal of a conversation whose types are right and that is not empty."""
    yield from _content_problems(messages)
    yield from _pairing_problems(messages)
    yield from _signature_problems(messages)


def _content_problems(messages: list[dict[str, Any]]) -> Iterator[str]:
    if messages[0]["role"] == "assistant":
        yield 'messages: first message must use the "user" role'
    for number, message in enumerate(messages):
        blocks = blocks_of(message)
        if not blocks or (blocks[0].get("text") == "" and isinstance(message["content"], str)):
            if number < len(messages) - 1 or message["role"] != "assistant":
                yield (
                    f"messages.{number}: all messages must have non-empty content except for the optional final "
                    "assistant message"
                )
        elif any(block["type"] == "text" and not block["text"] for block in blocks):
            yield "messages: text content blocks must be non-empty"
        elif message["role"] == "assistant" and message is messages[-1] and _ends_in_blanks(blocks[-1]):
            yield "messages: final assistant content cannot end with trailing whitespace"


def _ends_in_blanks(block: dict[str, Any]) -> bool:
    return block["type"] == "text" and bool(block["text"] != block["text"].rstrip())


def _pairing_problems(messages: list[dict[str, Any]]) -> Iterator[str]:
    """Each call is answered in the next message, and only calls are answered."""
    open_uses: set[str] = set()
    for number, message in enumerate(messages):
        if message["role"] == "system":
            continue
        blocks = blocks_of(message)
        results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        if stray := set(results) - open_uses:
            yield (
                f"messages.{number}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: {min(stray)}. "
                "Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
            )
        if missing := open_uses - set(results):
            yield (
                f"messages.{number}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{', '.join(sorted(missing))}. Each `tool_use` block must have a corresponding `tool_result` block "
                "in the next message."
            )
        if len(results) > len(set(results)):
            yield (
                f"messages.{number}: each tool_use must have a single result. Found multiple `tool_result` blocks "
                f"with id: {max(results, key=results.count)}"
            )
        uses = [block["id"] for block in blocks if block["type"] == "tool_use"]
        if len(uses) > len(set(uses)):
            yield "messages: `tool_use` ids must be unique"
        open_uses = set(uses)


def _signature_problems(messages: list[dict[str, Any]]) -> Iterator[str]:
    """Thinking that comes back must be as it was. It may be left out: the answer then comes without thinking."""
    for number, message in enumerate(messages):
        for place, block in enumerate(blocks_of(message)):
            if block["type"] != "thinking":
                continue
            thought = thinking.genuine(block["signature"])
            if thought is None:
                yield f"messages.{number}.content.{place}: Invalid `signature` in `thinking` block"
            elif block["thinking"] not in ("", thought):
                yield f"messages.{number}.content.{place}: {_MODIFIED}"
