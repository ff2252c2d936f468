"""Claude on Vertex AI (rawPredict): Google's front door, then Anthropic's own refusals and shapes.

The body is a Messages request without ``model`` and with ``anthropic_version``; ``count-tokens:rawPredict`` names the
model in the body and needs no version. Errors of the model's side have Anthropic's shape, with request ids that begin
with ``req_vrtx_`` (OpenHands/software-agent-sdk issue 1630); all others have Google's.

Not known, so both are taken: ``stream`` decides whether an answer is streamed, whichever of the two verbs is called.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from starlette.responses import JSONResponse, Response

from mcp_server.lab import anthropic_messages as messages
from mcp_server.lab import anthropic_rules as rules
from mcp_server.lab.anthropic import error_body
from mcp_server.lab.claude_facts import full_id
from mcp_server.lab.emulator import RecordedRequest
from mcp_server.lab.prompt_cache import PromptCache
from mcp_server.lab.sse import event_stream
from mcp_server.lab.vertex_models import EmulatedModel

VERSION = "vertex-2023-10-16"
COUNTER = "count-tokens"
"""The name in the place of the model that counts tokens."""


class VertexClaude:
    """Answers calls of Anthropic's models once Google's front door has let them in."""

    def __init__(self, refused_betas: Collection[str], extra_betas: Collection[str], refused_fields: Collection[str]):
        self._switches: dict[str, Any] = {
            "refused_betas": refused_betas,
            "extra_betas": extra_betas,
            "refused_fields": refused_fields,
        }
        self._cache = PromptCache()

    def answer(self, model: EmulatedModel, call: RecordedRequest, *, counting: bool = False) -> Response:
        """The answer to one call of ``model``."""
        if problem := self._problem(model, call, counting):
            return JSONResponse(error_body("invalid_request_error", problem, "req_vrtx_"), 400)
        body = call.body
        if counting:
            return JSONResponse({"input_tokens": messages.input_tokens(body)})
        message = messages.answer(body, full_id(model.id), self._cache.usage(model.id, body))
        message["id"] = message["id"].replace("msg_", "msg_vrtx_")
        if body.get("stream") is True:
            return event_stream((event["type"], event) for event in messages.events(message))
        return JSONResponse(message)

    def _problem(self, model: EmulatedModel, call: RecordedRequest, counting: bool) -> str | None:
        body = call.body
        if not isinstance(body, dict):
            return "The request body is not valid JSON"
        version = body.get("anthropic_version", VERSION if counting else None)
        if version != VERSION:
            return f"anthropic_version: {'Field required' if version is None else f'Input should be {VERSION!r}'}"
        if "model" in body and not counting:
            return "model: Extra inputs are not permitted"
        betas = rules.split_betas(call.headers.get("anthropic-beta"))
        inside = body.get("anthropic_beta", [])
        if not isinstance(inside, list) or not all(isinstance(name, str) for name in inside):
            return "anthropic_beta: Input should be a valid list"
        terms = rules.Terms("vertex", model.id, frozenset([*betas, *inside]), counting, **self._switches)
        plain = {key: value for key, value in body.items() if key not in ("anthropic_version", "anthropic_beta")}
        return rules.problem({**plain, "model": model.id}, terms)
