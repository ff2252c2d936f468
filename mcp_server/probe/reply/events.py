"""Reads the events of a Messages stream the way the client does: by event name, strictly in order (pure)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mcp_server.net.body import SseEvent
from mcp_server.redact import quote

_NAMES = (
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
)
_MAX_PROBLEMS = 3


@dataclass
class ToolCall:
    """A ``tool_use`` block. ``arguments`` is ``None`` when the parts do not join to a JSON object."""

    id: str
    name: str
    arguments: dict[str, Any] | None
    raw: str


@dataclass
class Transcript:
    """What a stream said."""

    model: str | None = None
    content: list[dict[str, Any]] = field(default_factory=list)
    """Finished content blocks in the form in which the client sends them back."""
    tool_calls: list[ToolCall] = field(default_factory=list)
    stop_reason: str | None = None
    usage: dict[str, Any] = field(default_factory=dict)
    safeguards: Any = None
    """``safeguard_results`` of the last ``message_delta`` that has it: the judgement that auto mode waits for."""
    error: dict[str, Any] | None = None
    """The ``error`` object of an error event."""
    complete: bool = False
    """``message_stop`` arrived."""
    shown: bool = False
    """A content block was whole before anything was wrong: the client has shown it and does not ask again."""
    given_up: Transcript | None = None
    """The stream that failed, where this is the answer to the client's second request, which asks for none."""
    deltas: int = 0
    first_event: float | None = None
    """Seconds from the start of the request; ``None`` when no event came."""
    last_event: float | None = None
    problems: list[str] = field(default_factory=list)
    """What is malformed or out of order, at most a few; the client cannot use such a stream."""
    oddities: list[str] = field(default_factory=list)
    """What breaks the protocol although the client was seen to cope with it."""

    @property
    def text(self) -> str:
        return "".join(block["text"] for block in self.content if block["type"] == "text")

    @property
    def input_tokens(self) -> int:
        """Input tokens, cached ones included."""
        names = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
        return sum(value for name in names if isinstance(value := self.usage.get(name), int))

    @property
    def output_tokens(self) -> int:
        value = self.usage.get("output_tokens")
        return value if isinstance(value, int) else 0


def read_stream(events: Sequence[SseEvent]) -> Transcript:
    """The transcript of ``events``. Nothing raises: what does not fit stands in ``problems``."""
    reader = _Reader()
    for event in events:
        reader.take(event)
    return reader.finished()


class _Reader:
    def __init__(self) -> None:
        self.result = Transcript()
        self._started = False
        self._open: dict[int, dict[str, Any]] = {}
        self._count = 0
        self._unnamed = False
        self._lost = False
        """The client has given up reading."""

    def take(self, event: SseEvent) -> None:
        name, data = event.event, self._data(event)
        if data is None:
            return
        if name == "message" and data.get("type") in _NAMES:
            # The client reads by event name: a stream of bare data lines is empty to it.
            self._unnamed = True
            name = str(data["type"])
        if name == "error" or data.get("type") == "error" or ("type" not in data and data.get("error")):
            error = data.get("error")
            self.result.error = error if isinstance(error, dict) else {"message": quote(event.data, 200)}
            return
        if name not in _NAMES:
            if str(data.get("object", "")).startswith("chat.completion"):
                self._problem("the stream carries OpenAI chat chunks instead of Messages events")
            return
        if self.result.first_event is None:
            self.result.first_event = event.at_seconds
        self.result.last_event = event.at_seconds
        if data.get("type") != name:
            self._problem(f"event {name} carries data of type {quote(data.get('type'), 40)}")
        if self.result.complete:
            self._problem(f"{name} arrives after message_stop")
            return
        if not self._started and name != "message_start":
            self._lost = True
            self._problem(f"{name} arrives before message_start")
        handler = {
            "message_start": self._start,
            "content_block_start": self._block_start,
            "content_block_delta": self._block_delta,
            "content_block_stop": self._block_stop,
            "message_delta": self._message_delta,
            "message_stop": self._message_stop,
        }[name]
        handler(data)

    def finished(self) -> Transcript:
        if self._unnamed:
            self._problem("events carry no event: line, so the client reads none of them")
        if self._open and self.result.complete:
            self._problem("a content block is never closed")
        return self.result

    def _data(self, event: SseEvent) -> dict[str, Any] | None:
        if event.data.strip() in ("", "[DONE]"):
            return None
        try:
            data = json.loads(event.data)
        except (ValueError, RecursionError):
            self._lost = True
            self._problem(f"the data of event {quote(event.event, 40)} is not valid JSON: {quote(event.data, 80)}")
            return None
        if not isinstance(data, dict):
            self._problem(f"the data of event {quote(event.event, 40)} is no JSON object")
            return None
        return data

    def _problem(self, said: str) -> None:
        if said not in self.result.problems and len(self.result.problems) < _MAX_PROBLEMS:
            self.result.problems.append(said)

    def _start(self, data: dict[str, Any]) -> None:
        if self._started:
            self._problem("message_start arrives twice")
        self._started = True
        message = data.get("message")
        if not isinstance(message, dict):
            self._problem("message_start carries no message")
            return
        model = message.get("model")
        self.result.model = model if isinstance(model, str) else None
        self._usage(message.get("usage"))

    def _block_start(self, data: dict[str, Any]) -> None:
        index, block = data.get("index"), data.get("content_block")
        if not isinstance(block, dict) or not isinstance(block.get("type"), str):
            self._problem("content_block_start carries no block")
            return
        if index != self._count:
            self._problem(f"content_block_start has index {quote(index, 20)}, expected {self._count}")
        if self.result.stop_reason is not None:
            self._problem("a content block starts after message_delta")
        opened = {**block, "_parts": []}
        if block["type"] == "text":
            # The client was seen to ignore text that stands in content_block_start.
            opened["text"] = ""
        self._open[self._count if not isinstance(index, int) else index] = opened
        self._count += 1

    def _block_delta(self, data: dict[str, Any]) -> None:
        block, delta = self._open.get(data.get("index", -1)), data.get("delta")
        if block is None or not isinstance(delta, dict):
            self._lost = True
            self._problem(f"content_block_delta for block {quote(data.get('index'), 20)}, which is not open")
            return
        self.result.deltas += 1
        kind = delta.get("type")
        if kind == "text_delta" and isinstance(delta.get("text"), str):
            block["text"] = f"{block.get('text') or ''}{delta['text']}"
        elif kind == "thinking_delta" and isinstance(delta.get("thinking"), str):
            block["thinking"] = f"{block.get('thinking') or ''}{delta['thinking']}"
        elif kind == "signature_delta":
            block["signature"] = delta.get("signature")
        elif kind == "input_json_delta" and isinstance(delta.get("partial_json"), str):
            block["_parts"].append(delta["partial_json"])

    def _block_stop(self, data: dict[str, Any]) -> None:
        block = self._open.pop(data.get("index", -1), None)
        if block is None:
            self._lost = True
            self._problem(f"content_block_stop for block {quote(data.get('index'), 20)}, which is not open")
            return
        raw = "".join(block.pop("_parts"))
        if block["type"] == "tool_use":
            self._tool_call(block, raw)
        self.result.content.append(block)
        self.result.shown = self.result.shown or not (self._lost or self._unnamed)

    def _tool_call(self, block: dict[str, Any], raw: str) -> None:
        # Only the deltas count: the client was seen to ignore an input that stands in content_block_start.
        arguments: Any = {}
        if raw:
            try:
                arguments = json.loads(raw)
            except (ValueError, RecursionError):
                arguments = None
        if not isinstance(arguments, dict):
            arguments = None
        block["input"] = arguments or {}
        call = ToolCall(str(block.get("id") or ""), str(block.get("name") or ""), arguments, raw)
        self.result.tool_calls.append(call)

    def _message_delta(self, data: dict[str, Any]) -> None:
        delta = data.get("delta")
        if isinstance(delta, dict) and isinstance(delta.get("stop_reason"), str):
            if self._open:
                self.result.oddities.append("message_delta arrives while a content block is open")
            self.result.stop_reason = delta["stop_reason"]
        if isinstance(delta, dict) and "safeguard_results" in delta:
            self.result.safeguards = delta["safeguard_results"]
        self._usage(data.get("usage"))

    def _message_stop(self, _data: dict[str, Any]) -> None:
        if self.result.stop_reason is None:
            self._problem("message_stop arrives without a message_delta that names the stop reason")
        self.result.complete = True

    def _usage(self, usage: object) -> None:
        """Later numbers replace earlier ones, except that a zero never hides a number already given."""
        if isinstance(usage, dict):
            known = self.result.usage
            known.update({k: v for k, v in usage.items() if v or k not in known})
