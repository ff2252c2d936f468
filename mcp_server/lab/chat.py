"""The chat completions dialect, shared by the OpenAI-compatible endpoint and by Mistral."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import time
from typing import Any
from uuid import uuid4

from mcp_server.lab import tokens
from mcp_server.lab.scripted import THOUGHT, CallTool, Conversation, Cut, Say, Turn


def conversation(body: dict[str, Any]) -> Conversation:
    """The messages in neutral form; a tool message becomes a user turn with a result."""
    return Conversation([_turn(message) for message in body["messages"]])


def _turn(message: dict[str, Any]) -> Turn:
    role, text = message.get("role"), _text(message.get("content"))
    if role == "tool":
        return Turn("user", results=(text,))
    if role == "assistant":
        return Turn("assistant", text, calls=tuple(_call(call) for call in message.get("tool_calls") or ()))
    return Turn("user", text) if role == "user" else Turn("system", text)


def _call(call: dict[str, Any]) -> CallTool:
    function = call.get("function") or {}
    arguments = function.get("arguments")
    try:
        parsed = json.loads(arguments) if isinstance(arguments, str) else arguments
    except ValueError:
        parsed = {}
    return CallTool(function.get("name", ""), parsed if isinstance(parsed, dict) else {})


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if part.get("type") == "text")
    return content or ""


def offered_tools(body: dict[str, Any]) -> list[str]:
    """Names of the offered functions, unless the request switches calling off."""
    if body.get("tool_choice") == "none":
        return []
    return [tool["function"]["name"] for tool in body.get("tools") or () if "function" in tool]


def input_tokens(body: dict[str, Any]) -> int:
    """Tokens of everything the model reads."""
    return tokens.count(body["messages"], body.get("tools"))


@dataclass(frozen=True)
class Completion:
    """One answer, to be given whole or as a stream with the same content and usage."""

    model: str
    decision: Say | CallTool
    prompt_tokens: int
    thinks: bool = False
    """Whether the thought is shown, as ``reasoning_content``: the field of the servers behind open models."""
    new_call_id: Callable[[], str] = lambda: f"call_{uuid4().hex[:24]}"
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid4().hex[:24]}")
    created: int = field(default_factory=lambda: int(time()))

    @property
    def finish_reason(self) -> str:
        if isinstance(self.decision, CallTool):
            return "tool_calls"
        return "length" if isinstance(self.decision, Cut) else "stop"

    @property
    def usage(self) -> dict[str, Any]:
        said = self.decision
        parts: list[Any] = [said.text] if isinstance(said, Say) else []
        if isinstance(said, CallTool):
            parts = [part for call in said.all for part in (call.name, call.arguments)]
        thought = tokens.count(THOUGHT) if self.thinks else 0
        output = tokens.count(*parts) + thought
        total = self.prompt_tokens + output
        usage = {"prompt_tokens": self.prompt_tokens, "completion_tokens": output, "total_tokens": total}
        return usage | ({"completion_tokens_details": {"reasoning_tokens": thought}} if self.thinks else {})

    def whole(self) -> dict[str, Any]:
        """The answer to a request without ``stream``."""
        message: dict[str, Any] = {"role": "assistant", "content": None}
        if self.thinks:
            message["reasoning_content"] = THOUGHT
        if isinstance(self.decision, CallTool):
            message["tool_calls"] = [
                {
                    "id": self.new_call_id(),
                    "type": "function",
                    "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
                }
                for call in self.decision.all
            ]
        else:
            message["content"] = self.decision.text
        choice = {"index": 0, "message": message, "finish_reason": self.finish_reason}
        return {**self._head("chat.completion"), "choices": [choice], "usage": self.usage}

    def chunks(self, *, usage_chunk: bool, usage_in_last: bool = False) -> Iterator[dict[str, Any]]:
        """The streamed chunks. OpenAI sends the usage in a chunk of its own, Mistral in the last one with a choice."""
        head = self._head("chat.completion.chunk")

        def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
            return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

        yield chunk({"role": "assistant", "content": ""})
        for delta in self._deltas():
            yield chunk(delta)
        yield chunk({}, self.finish_reason) | ({"usage": self.usage} if usage_in_last else {})
        if usage_chunk:
            yield {**head, "choices": [], "usage": self.usage}

    def _deltas(self) -> Iterator[dict[str, Any]]:
        if self.thinks:
            yield {"reasoning_content": THOUGHT}
        if not isinstance(self.decision, CallTool):
            for piece in tokens.pieces(self.decision.text):
                yield {"content": piece}
            return
        for index, call in enumerate(self.decision.all):
            arguments = json.dumps(call.arguments)
            middle = len(arguments) // 2
            start = {"index": index, "id": self.new_call_id(), "type": "function"}
            yield {"tool_calls": [{**start, "function": {"name": call.name, "arguments": ""}}]}
            for part in (arguments[:middle], arguments[middle:]):
                yield {"tool_calls": [{"index": index, "function": {"arguments": part}}]}

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}
