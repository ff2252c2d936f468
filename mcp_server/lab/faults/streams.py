"""Faults of the answer's stream: late, cut, out of order, changed, collected, wrongly labelled."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import ASGIApp

from mcp_server.lab.faults import pieces
from mcp_server.lab.faults.base import Call, Event, Fault, Verdict, When, Wrapper, messages
from mcp_server.lab.faults.pieces import Pieces

Change = Callable[[list[Event], Call], list[Event]]


def changing(change: Change, when: When = messages) -> Callable[[ASGIApp], ASGIApp]:
    """The stream's events pass through ``change``."""
    return lambda app: Wrapper(app, when, events=lambda events, call: change(copy.deepcopy(events), call))


def sending(write: Pieces, content_type: str = "text/event-stream", **headers: str) -> Callable[[ASGIApp], ASGIApp]:
    """The stream's bytes leave as ``write`` gives them."""

    def emit(events: list[Event], _call: Call, _headers: Mapping[str, str]) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return StreamingResponse(write(events), headers={**named, "content-type": content_type})

    return lambda app: Wrapper(app, messages, emit=emit)


def _late(seconds: float) -> Callable[[ASGIApp], ASGIApp]:
    """Not even the status line comes before ``seconds``."""

    def apply(app: ASGIApp) -> ASGIApp:
        async def late(scope: Any, receive: Any, send: Any) -> None:
            if scope["method"] == "POST" and "count_tokens" not in scope["path"]:
                await asyncio.sleep(seconds)
            await app(scope, receive, send)

        return late

    return apply


def _without(*names: str) -> Change:
    return lambda events, _call: [event for event in events if event[0] not in names]


def _ended_by_error(kind: str, message: str, keep: int) -> Change:
    error = {"type": "error", "error": {"type": kind, "message": message}}
    return lambda events, _call: [*events[:keep], ("error", error)]


def _openai_error(events: list[Event], _call: Call) -> list[Event]:
    """LiteLLM reports a failure inside a stream like this, without an event name."""
    error = {"message": "litellm.InternalServerError: AnthropicException - Overloaded", "type": None, "code": "500"}
    return [*events[:2], ("", {"error": error})]


def _swapped(events: list[Event], _call: Call) -> list[Event]:
    where = next((n for n, event in enumerate(events) if event[0] == "content_block_start"), 0)
    delta = next((n for n, event in enumerate(events) if event[0] == "content_block_delta"), where)
    moved = events.pop(delta)
    return [*events[:where], moved, *events[where:]]


def _twice(events: list[Event], _call: Call) -> list[Event]:
    return [copy.deepcopy(event) for event in events for _ in range(2)]


def _edit(name: str, edit: Callable[[dict[str, Any], Call], None]) -> Change:
    def change(events: list[Event], call: Call) -> list[Event]:
        for kind, data in events:
            if kind == name:
                edit(data, call)
        return events

    return change


def _arguments(change: Callable[[str], str]) -> Change:
    def edit(data: dict[str, Any], _call: Call) -> None:
        if data["delta"].get("type") == "input_json_delta":
            data["delta"]["partial_json"] = change(data["delta"]["partial_json"])

    return _edit("content_block_delta", edit)


def _model(data: dict[str, Any], _call: Call) -> None:
    data["message"]["model"] = "claude-haiku-4-5-20251001"


def _no_usage(events: list[Event], _call: Call) -> list[Event]:
    for _, data in events:
        if isinstance(data, dict):
            data.pop("usage", None)
            data.get("message", {}).pop("usage", None)
    return events


def _canned(events: list[Event], call: Call) -> list[Event]:
    def edit(data: dict[str, Any], _call: Call) -> None:
        if data["delta"].get("type") == "text_delta":
            data["delta"]["text"] = "Hello! "

    return _edit("content_block_delta", edit)(events, call)


def _cached(app: ASGIApp) -> ASGIApp:
    """The first answer of another conversation is given to everybody."""
    kept: list[Event] = []

    def change(events: list[Event], call: Call) -> list[Event]:
        if not kept:
            kept.extend(_canned(events, call))
        return copy.deepcopy(kept)

    return changing(change)(app)


def _no_tool_block(events: list[Event], _call: Call) -> list[Event]:
    if not any(n == "content_block_start" and d["content_block"]["type"] == "tool_use" for n, d in events):
        return events
    return [event for event in events if not event[0].startswith("content_block")]


def _no_tool_id(data: dict[str, Any], _call: Call) -> None:
    data["content_block"].pop("id", None)


def _nameless(events: list[Event], _call: Call) -> list[Event]:
    return [("", data) for _, data in events]


def _chat_chunks(_events: list[Event], _call: Call) -> list[Event]:
    chunk = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": {"content": "Hi"}}],
    }
    return [("", chunk), ("", chunk), ("", "[DONE]")]


def _whole(events: list[Event], _call: Call, _headers: Mapping[str, str]) -> Response:
    """A JSON message although a stream was asked for."""
    message: dict[str, Any] = {}
    for name, data in events:
        if name == "message_start":
            message = {**data["message"], "content": []}
        elif name == "content_block_start":
            message["content"].append({**data["content_block"], "_json": ""})
        elif name == "content_block_delta":
            _add(message["content"][data["index"]], data["delta"])
        elif name == "message_delta":
            message |= {"stop_reason": data["delta"]["stop_reason"], "usage": {**message["usage"], **data["usage"]}}
    for block in message["content"]:
        arguments = block.pop("_json")
        if block["type"] == "tool_use":
            block["input"] = json.loads(arguments or "{}")
    return JSONResponse(message)


def _add(block: dict[str, Any], delta: dict[str, Any]) -> None:
    if delta["type"] == "input_json_delta":
        block["_json"] += delta["partial_json"]
    elif delta["type"] == "signature_delta":
        block["signature"] = delta["signature"]
    else:
        key = delta["type"].removesuffix("_delta")
        block[key] = block.get(key, "") + delta[key]


def _stream(
    id_: str, title: str, cause: str, apply: Callable[[ASGIApp], ASGIApp], verdict: Verdict = "errors", layer: str = ""
) -> Fault:
    return Fault(id_, title, cause, layer or "protocol", apply=apply, verdict=verdict)


def _html_label(app: ASGIApp) -> ASGIApp:
    return sending(pieces.relayed, "text/html; charset=utf-8")(app)


FAULTS = (
    _stream("stream-late", "no answer for two minutes", "slow_first_byte", _late(pieces.LONG)),
    _stream("stream-late-body", "headers at once, no event", "slow_first_byte", sending(pieces.after(pieces.LONG))),
    _stream("stream-stalled", "stalls in the middle", "stream_or_request_timeout", sending(pieces.stalled)),
    _stream("stream-pings-only", "pings and nothing else", "stream_or_request_timeout", sending(pieces.pings_only)),
    _stream("stream-drip", "one byte a second", "slow_first_byte", sending(pieces.dripping)),
    _stream("stream-cut", "cut in the middle", "stream_cut", sending(pieces.cut), verdict="warnings"),
    _stream("stream-cut-event", "ends inside an event", "stream_cut", sending(pieces.cut_inside_event),
            verdict="warnings"),
    _stream("stream-cut-late", "cut after the first block", "stream_cut", sending(pieces.cut_late)),
    _stream("stream-no-stop", "message_stop is missing", "stream_cut", changing(_without("message_stop")), "warnings"),
    _stream("stream-no-end", "ends after the text", "stream_cut", changing(_without("message_delta", "message_stop"))),
    _stream("stream-no-start", "message_start is missing", "stream_malformed", changing(_without("message_start")),
            verdict="warnings"),
    _stream("stream-reordered", "a delta before its block", "stream_malformed", changing(_swapped), verdict="warnings"),
    _stream("stream-doubled", "every event twice", "stream_malformed", changing(_twice)),
    _stream("stream-nameless", "events without a name", "stream_malformed", changing(_nameless), verdict="warnings"),
    _stream("stream-openai", "OpenAI chunks instead of events", "response_shape_invalid", changing(_chat_chunks),
            verdict="warnings"),
    _stream("stream-error-overloaded", "overloaded inside the stream", "upstream_overloaded",
            changing(_ended_by_error("overloaded_error", "Overloaded", 2)), layer="upstream", verdict="warnings"),
    _stream("stream-error-at-once", "an error as the first event", "upstream_overloaded",
            changing(_ended_by_error("api_error", "Internal server error", 0)), layer="upstream", verdict="warnings"),
    _stream("stream-error-limit", "a rate limit inside the stream", "upstream_rate_limited",
            changing(_ended_by_error("rate_limit_error", "slow down", 1)), layer="limits", verdict="warnings"),
    _stream("stream-error-nameless", "LiteLLM's error inside the stream", "upstream_overloaded",
            changing(_openai_error), layer="upstream", verdict="warnings"),
    _stream("stream-buffered", "collected before it is sent", "response_not_streamed", sending(pieces.collected),
            "warnings"),
    _stream("stream-whole-json", "a JSON message instead of a stream", "response_not_streamed",
            lambda app: Wrapper(app, messages, emit=_whole), "warnings"),
    _stream("stream-content-type", "events labelled application/json", "response_shape_invalid",
            sending(pieces.relayed, "application/json"), "warnings"),
    _stream("stream-content-type-html", "events labelled text/html", "response_shape_invalid", _html_label,
            "warnings"),
    _stream("stream-charset", "letters outside Latin-1 are replaced", "tool_call_lost",
            sending(pieces.latin1, "text/event-stream; charset=iso-8859-1")),
    _stream("stream-utf16", "the stream comes in UTF-16", "response_shape_invalid",
            sending(pieces.utf16, "text/event-stream; charset=utf-16"), verdict="warnings"),
    _stream("stream-no-usage", "no token usage", "usage_missing", changing(_no_usage), "warnings"),
    _stream("stream-wrong-model", "another model answers", "wrong_model_answered",
            changing(_edit("message_start", _model)), layer="model", verdict="warnings"),
    _stream("stream-canned", "a canned answer", "response_shape_invalid", changing(_canned)),
    _stream("stream-cached", "a cached answer of somebody else", "response_shape_invalid", _cached),
    _stream("tool-arguments-dropped", "tool arguments are dropped", "tool_call_lost",
            changing(_arguments(lambda _: ""))),
    _stream("tool-arguments-garbled", "tool arguments are no JSON", "tool_call_lost",
            changing(_arguments(lambda part: part.replace('"', "'")))),
    _stream("tool-arguments-ascii", "letters in tool arguments are replaced", "tool_call_lost",
            changing(_arguments(lambda part: part.replace("\\u", "?u")))),
    _stream("tool-call-dropped", "the tool call is dropped", "tool_call_lost", changing(_no_tool_block)),
    _stream("tool-id-dropped", "the tool call has no id", "tool_call_lost",
            changing(_edit("content_block_start", _no_tool_id))),
)  # fmt: skip
