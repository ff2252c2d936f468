"""A plain OpenAI-compatible server: ``…/chat/completions`` whole and streamed, for any model name and credential.

It is lenient about bodies: it stands in for servers that differ in what they refuse.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from mcp_server.lab import chat
from mcp_server.lab.emulator import Emulator, RecordedRequest
from mcp_server.lab.scripted import decide, within
from mcp_server.lab.sse import event_stream

_TYPES = {400: "invalid_request_error", 401: "authentication_error", 429: "rate_limit_error"}


class OpenAIChatEmulator(Emulator):
    """Answers every path that ends in ``/chat/completions``; a credential is required, any value passes."""

    def error_body(self, status: int) -> Any:
        kind = _TYPES.get(status, "server_error")
        return {"error": {"message": kind.replace("_", " ").capitalize(), "type": kind, "param": None, "code": None}}

    def answer(self, call: RecordedRequest) -> Response:
        if not (call.headers.get("authorization") or call.headers.get("api-key")):
            return JSONResponse(self.error_body(401), 401)
        if call.method != "POST" or not call.path.endswith("/chat/completions"):
            return JSONResponse(self.error_body(404), 404)
        body = call.body
        if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
            return JSONResponse(self.error_body(400), 400)
        limit = body.get("max_completion_tokens") or body.get("max_tokens")
        decision = within(decide(chat.conversation(body), chat.offered_tools(body)), limit, body.get("stop"))
        completion = chat.Completion(str(body.get("model")), decision, chat.input_tokens(body))
        if not body.get("stream"):
            return JSONResponse({**completion.whole(), "service_tier": "default"})
        wants_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        chunks = completion.chunks(usage_chunk=wants_usage)
        return event_stream([*((None, chunk) for chunk in chunks), (None, "[DONE]")])
