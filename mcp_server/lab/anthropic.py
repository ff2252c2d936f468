"""A scripted Anthropic Messages endpoint: drives the real Claude Code through chosen tool calls.

Bodies must fit the request types of Anthropic's SDK. Any model name is served. A credential is required
(``x-api-key`` or ``Authorization: Bearer``), any value passes unless the emulator was given the one to accept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from starlette.responses import JSONResponse, Response

from mcp_server.lab import anthropic_messages as messages
from mcp_server.lab import tokens
from mcp_server.lab.emulator import Emulator, RecordedRequest
from mcp_server.lab.scripted import CallTool, Cut, Say, decide, within
from mcp_server.lab.sse import event_stream

_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


class AnthropicEmulator(Emulator):
    """``/v1/messages`` (plain and streamed), ``/v1/messages/count_tokens``, ``/v1/models``, ``HEAD /``."""

    def __init__(self, credential: str | None = None, models: Sequence[str] = ("claude-opus-5-5",)) -> None:
        """``credential``: the only accepted key or token; ``models``: what ``/v1/models`` lists."""
        super().__init__()
        self._credential = credential
        self._models = tuple(models)

    def error_body(self, status: int) -> Any:
        kind = _ERROR_TYPES.get(status, "api_error")
        return _error(kind, kind.removesuffix("_error").replace("_", " ").capitalize())

    def answer(self, call: RecordedRequest) -> Response:
        if call.method == "HEAD" and call.path in ("/", "/api/hello"):
            return Response()
        if refusal := self._unauthenticated(call):
            return refusal
        if call.method == "GET" and call.path == "/v1/models":
            return JSONResponse(self._model_list())
        if call.method == "POST" and call.path in ("/v1/messages", "/v1/messages/count_tokens"):
            counting = call.path.endswith("count_tokens")
            if problem := messages.problem(call.body, call.headers, counting=counting):
                return JSONResponse(_error("invalid_request_error", problem), 400)
            return self._count(call.body) if counting else self._message(call.body)
        return JSONResponse(_error("not_found_error", "Not Found"), 404)

    def _unauthenticated(self, call: RecordedRequest) -> Response | None:
        key = call.headers.get("x-api-key")
        scheme, _, bearer = call.headers.get("authorization", "").partition(" ")
        given = key or (bearer if scheme.lower() == "bearer" else "")
        if not given:
            problem = "x-api-key header is required"
        elif self._credential in (None, given):
            return None
        else:
            problem = "invalid x-api-key" if key else "Invalid bearer token"
        return JSONResponse(_error("authentication_error", problem), 401)

    def _model_list(self) -> dict[str, Any]:
        entry = {"type": "model", "created_at": "2026-01-01T00:00:00Z"}
        data = [{**entry, "id": name, "display_name": name} for name in self._models]
        ends = {"first_id": self._models[0], "last_id": self._models[-1]} if data else {}
        return {"data": data, "has_more": False, **ends}

    def _count(self, body: dict[str, Any]) -> Response:
        return JSONResponse({"input_tokens": _input_tokens(body)})

    def _message(self, body: dict[str, Any]) -> Response:
        decision = within(decide(messages.conversation(body), messages.offered_tools(body)), body["max_tokens"])
        message = _message_for(body, decision)
        headers = {"request-id": f"req_{uuid4().hex[:24]}"}
        if body.get("stream") is True:
            return event_stream(_events(message), headers)
        return JSONResponse(message, headers=headers)


def _message_for(body: dict[str, Any], decision: Say | CallTool) -> dict[str, Any]:
    block: dict[str, Any]
    if isinstance(decision, CallTool):
        use = {"id": f"toolu_{uuid4().hex[:24]}", "name": decision.name, "input": decision.arguments}
        block, output, stop = {"type": "tool_use", **use}, tokens.count(decision.name, decision.arguments), "tool_use"
    else:
        block, output = {"type": "text", "text": decision.text}, tokens.count(decision.text)
        stop = "max_tokens" if isinstance(decision, Cut) else "end_turn"
    return {
        "id": f"msg_{uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [block],
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {
            "input_tokens": _input_tokens(body),
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": output,
        },
    }


def _events(message: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """One message as the events of a stream, in the order of the real service."""

    def event(kind: str, **data: Any) -> tuple[str, Any]:
        return kind, {"type": kind, **data}

    usage = message["usage"]
    opening: dict[str, Any] = {"content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield event("message_start", message={**message, **opening})
    for index, block in enumerate(message["content"]):
        empty: dict[str, Any] = {"text": ""} if block["type"] == "text" else {"input": {}}
        yield event("content_block_start", index=index, content_block={**block, **empty})
        yield event("ping")
        for delta in messages.deltas(block):
            yield event("content_block_delta", index=index, delta=delta)
        yield event("content_block_stop", index=index)
    ending = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield event("message_delta", delta=ending, usage=usage)
    yield event("message_stop")


def _input_tokens(body: dict[str, Any]) -> int:
    return tokens.count(body.get("system"), body["messages"], body.get("tools"))


def _error(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": f"req_{uuid4().hex[:24]}"}
