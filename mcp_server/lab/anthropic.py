"""Anthropic's Messages API on loopback, with the scripted model: drives the real Claude Code through chosen calls.

Strict: the types of Anthropic's SDK, the betas and the limits of each known model (``anthropic_rules``), thinking that
must come back unchanged, requests of 32 MB at most. A credential is required (``x-api-key`` or ``Authorization:
Bearer``); any value passes unless the emulator was given the one to accept.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

from starlette.responses import JSONResponse, Response

from mcp_server.lab import anthropic_messages as messages
from mcp_server.lab import anthropic_rules as rules
from mcp_server.lab.claude_facts import claude_model
from mcp_server.lab.emulator import Emulator, RecordedRequest
from mcp_server.lab.prompt_cache import PromptCache
from mcp_server.lab.sse import event_stream

_LARGEST_BODY = 32_000_000
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
#: Requests and tokens of the minute that an answer says are allowed and left.
_LIMITS = {"requests": (4000, 3999), "tokens": (2_000_000, 1_990_000)}


class AnthropicEmulator(Emulator):
    """``/v1/messages`` (plain and streamed), ``/v1/messages/count_tokens``, ``/v1/models``, ``HEAD /``."""

    def __init__(
        self,
        credential: str | None = None,
        models: Sequence[str] = ("claude-opus-5-5",),
        *,
        strict_models: bool = False,
        retired: Collection[str] = (),
        refused_betas: Collection[str] = (),
        extra_betas: Collection[str] = (),
        refused_fields: Collection[str] = (),
    ) -> None:
        """Everything is served to everybody unless an argument says otherwise.

        ``credential``: the only accepted key or token. ``models``: what ``/v1/models`` lists; with ``strict_models``
        nothing else is served (404). ``retired``: models that are gone (404). ``refused_betas``: names of
        ``anthropic-beta`` to refuse although the real service knows them, ``extra_betas``: to take although it does
        not. ``refused_fields``: places of the body to refuse (``context_management``, ``messages[].output_config``,
        ``tools[].defer_loading``), as a service that lags behind.
        """
        super().__init__()
        self._credential = credential
        self._models = tuple(models)
        self._strict, self._retired = strict_models, frozenset(retired)
        self._switches: dict[str, Any] = {
            "refused_betas": refused_betas,
            "extra_betas": extra_betas,
            "refused_fields": refused_fields,
        }
        self._cache = PromptCache()

    def error_body(self, status: int) -> Any:
        kind = _ERROR_TYPES.get(status, "api_error")
        return error_body(kind, kind.removesuffix("_error").replace("_", " ").capitalize())

    def headers_of(self, response: Response) -> dict[str, str]:
        return {"request-id": _request_id_in(response), "anthropic-organization-id": "laboratory"}

    def answer(self, call: RecordedRequest) -> Response:
        if call.method == "HEAD" and call.path in ("/", "/api/hello"):
            return Response()
        if len(call.raw) > _LARGEST_BODY:
            return _refused(413, "Request exceeds the maximum size")
        if refusal := self._unauthenticated(call):
            return refusal
        if call.method == "GET" and call.path == "/v1/models":
            return JSONResponse(self._model_list())
        if call.method == "GET" and call.path.startswith("/v1/models/"):
            return self._model(call.path.removeprefix("/v1/models/"))
        if call.method == "POST" and call.path in ("/v1/messages", "/v1/messages/count_tokens"):
            return self._messages(call)
        return _refused(404, "Not Found")

    def _unauthenticated(self, call: RecordedRequest) -> Response | None:
        key = call.headers.get("x-api-key")
        scheme, _, bearer = call.headers.get("authorization", "").partition(" ")
        given = key or (bearer if scheme.lower() == "bearer" else "")
        if not given:
            return _refused(401, "x-api-key header is required")
        if self._credential in (None, given):
            return None
        return _refused(401, "invalid x-api-key" if key else "Invalid bearer token")

    def _model_list(self) -> dict[str, Any]:
        data = [_model_entry(name) for name in self._models]
        ends = {"first_id": self._models[0], "last_id": self._models[-1]} if data else {}
        return {"data": data, "has_more": False, **ends}

    def _model(self, name: str) -> Response:
        return JSONResponse(_model_entry(name)) if name in self._models else _refused(404, f"model: {name}")

    def _serves(self, name: str) -> bool:
        """A short name stands for the dated id of the same model."""
        means = claude_model(name)

        def among(names: Collection[str]) -> bool:
            return name in names or (means is not None and means in map(claude_model, names))

        return not among(self._retired) and (among(self._models) or not self._strict)

    def _messages(self, call: RecordedRequest) -> Response:
        body, counting = call.body, call.path.endswith("count_tokens")
        if "anthropic-version" not in call.headers:
            return _refused(400, "anthropic-version: header is required")
        betas = frozenset(rules.split_betas(call.headers.get("anthropic-beta")))
        terms = rules.Terms("anthropic", call.model or "", betas, counting, **self._switches)
        if call.model is not None and not self._serves(call.model):
            return _refused(404, f"model: {call.model}")
        if problem := rules.problem(body, terms):
            return _refused(400, problem)
        if counting:
            return JSONResponse({"input_tokens": messages.input_tokens(body)})
        message = messages.answer(body, body["model"], self._cache.usage(body["model"], body))
        message = messages.judged(message, body)
        if body.get("stream") is True:
            stream = ((event["type"], event) for event in messages.events(message))
            return event_stream(stream, _rate_limits())
        return JSONResponse(message, headers=_rate_limits())


def error_body(kind: str, message: str, prefix: str = "req_") -> dict[str, Any]:
    """An error as Anthropic words it. ``prefix``: how the request id begins on the platform."""
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": f"{prefix}{uuid4().hex[:24]}"}


def _refused(status: int, message: str) -> Response:
    return JSONResponse(error_body(_ERROR_TYPES[status], message), status)


def _request_id_in(response: Response) -> str:
    """The id that an error names in its body, else a new one."""
    try:
        named = json.loads(bytes(getattr(response, "body", b""))).get("request_id")
    except (ValueError, AttributeError):
        named = None
    return named if isinstance(named, str) else f"req_{uuid4().hex[:24]}"


def _model_entry(name: str) -> dict[str, Any]:
    return {"type": "model", "created_at": "2026-01-01T00:00:00Z", "id": name, "display_name": name}


def _rate_limits() -> dict[str, str]:
    reset = (datetime.now(timezone.utc) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    headers: dict[str, str] = {}
    for kind, (limit, left) in _LIMITS.items():
        named = {"limit": str(limit), "remaining": str(left), "reset": reset}
        headers |= {f"anthropic-ratelimit-{kind}-{word}": value for word, value in named.items()}
    return headers
