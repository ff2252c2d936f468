"""Faults of the request on its way: stripped, rewritten, limited; and features that the other side refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp

from mcp_server.lab.faults import answers
from mcp_server.lab.faults.answers import anthropic, litellm, page, plain, refusing
from mcp_server.lab.faults.base import (
    Call,
    Fault,
    Verdict,
    Wrapper,
    everything,
    full,
    messages,
    with_body,
    without_headers,
)

#: Smaller than the client's real requests, larger than a small message.
_BODY_LIMIT = 32_000
_HEADER_LIMIT = 700
_OUTPUT_LIMIT = 8_192
_NEW_FIELDS = ("context_management", "output_config", "diagnostics")


def changing(change: Callable[[Call], Call], when: Callable[[Call], bool] = messages) -> Callable[[ASGIApp], ASGIApp]:
    """The request passes through ``change``."""
    return lambda app: Wrapper(app, when, change=change)


def _no_tools(call: Call) -> Call:
    return with_body(call, tools=None, tool_choice=None)


def _no_results(call: Call) -> Call:
    """Tool results arrive empty, as they do where a translator knows strings only."""

    def emptied(block: Any) -> Any:
        return {**block, "content": ""} if isinstance(block, dict) and block.get("type") == "tool_result" else block

    turns = [
        {**turn, "content": [emptied(b) for b in turn["content"]]} if isinstance(turn["content"], list) else turn
        for turn in call.body["messages"]
    ]
    return with_body(call, messages=turns)


def _no_betas(call: Call) -> Call:
    return without_headers(call, "anthropic-beta")


def _no_credential(call: Call) -> Call:
    return without_headers(call, "authorization", "x-api-key")


def _other_credential(call: Call) -> Call:
    bare = without_headers(call, "authorization", "x-api-key")
    return replace(bare, headers={**bare.headers, "authorization": "Basic cG9ydGFsOnBvcnRhbA=="})


def _other_model(call: Call) -> Call:
    return with_body(call, model="claude-haiku-4-5-20251001")


def _size(call: Call) -> int:
    return int(call.headers.get("content-length", "0"))


def _header_size(call: Call) -> int:
    return sum(len(name) + len(value) + 4 for name, value in call.headers.items())


def _has_new_fields(call: Call) -> bool:
    return any(name in call.body for name in _NEW_FIELDS)


def _has_system_role(call: Call) -> bool:
    return any(turn.get("role") == "system" for turn in call.body["messages"])


def _mentions(call: Call, key: str) -> bool:
    def inside(value: Any) -> bool:
        if isinstance(value, dict):
            return key in value or any(inside(part) for part in value.values())
        return isinstance(value, list) and any(inside(part) for part in value)

    return inside(call.body)


def _over_the_limit(call: Call) -> Response:
    asked, limit = call.body["max_tokens"], f"{_OUTPUT_LIMIT}, which is the maximum allowed number of output tokens"
    return _bad(f"max_tokens: {asked} > {limit} for {call.body['model']}")(call)


def _bad(message: str) -> answers.Answer:
    return anthropic(400, message)


def _refused(
    id_: str,
    title: str,
    cause: str,
    has: Callable[[Call], bool],
    answer: answers.Answer,
    cure: Mapping[str, str] | None = None,
    layer: str = "protocol",
    when: Callable[[Call], bool] = messages,
    healed: bool = False,
) -> Fault:
    """``healed``: the client was seen to leave the refused part out and to go on."""
    verdict: Verdict = "warnings" if healed else "errors"
    return Fault(id_, title, cause, layer, apply=refusing(when, has, answer), cure=cure or {}, verdict=verdict)


def _changed(id_: str, title: str, cause: str, layer: str, change: Callable[[Call], Call]) -> Fault:
    every = change in (_no_credential, _other_credential)
    verdict: Verdict = "warnings" if change is _other_model else "errors"
    return Fault(id_, title, cause, layer, apply=changing(change, everything if every else messages), verdict=verdict)


_NO_BETAS = {"CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS": "1"}
FAULTS = (
    _changed("tools-stripped", "tools are stripped from the request", "model_lacks_tool_use", "model", _no_tools),
    _changed("tool-result-dropped", "the tool result is dropped", "tool_call_lost", "protocol", _no_results),
    _changed("credential-stripped", "the credential header is stripped", "gateway_key_missing", "gateway_auth",
             _no_credential),
    _changed("credential-overwritten", "the credential header is overwritten", "gateway_key_missing", "gateway_auth",
             _other_credential),
    _changed("model-rewritten", "the model name is rewritten", "wrong_model_answered", "model", _other_model),
    _refused("beta-refused", "a value of anthropic-beta is refused", "beta_flag_rejected",
             lambda call: "context-management" in call.headers.get("anthropic-beta", ""),
             _bad("Unexpected value(s) `context-management-2025-06-27` for the `anthropic-beta` header. Please consult "
                  "our documentation or try again without the header."), _NO_BETAS, healed=True),
    _refused("field-refused", "a new body field is refused", "body_field_rejected",
             lambda call: "context_management" in call.body,
             _bad("context_management: Extra inputs are not permitted"), _NO_BETAS, healed=True),
    _refused("fields-refused-quietly", "new body fields are refused without a name", "body_field_rejected",
             lambda call: call.is_full and _has_new_fields(call), _bad("Invalid request")),
    _refused("system-role-refused", "role system inside messages is refused", "system_role_rejected",
             _has_system_role, _bad("messages.1.role: Input should be 'user' or 'assistant'"), healed=True),
    _refused("system-role-refused-google", "Gemini refuses the role", "system_role_rejected", _has_system_role,
             litellm(400, "litellm.BadRequestError: VertexAIException - Please use a valid role: user, model.")),
    _refused("thinking-refused", "thinking is refused", "thinking_param_unsupported",
             lambda call: "thinking" in call.body, _bad("thinking: adaptive thinking is not supported on this model"),
             {"CLAUDE_CODE_DISABLE_THINKING": "1"}),
    _refused("cache-control-refused", "cache_control is refused", "cache_control_rejected",
             lambda call: _mentions(call, "cache_control"),
             _bad("system.0.cache_control: Extra inputs are not permitted"), {"DISABLE_PROMPT_CACHING": "1"}),
    _refused("tool-schema-refused", "a keyword of a tool schema is refused", "tool_schema_rejected",
             lambda call: _mentions(call, "additionalProperties"),
             _bad("tools.0.custom.input_schema: additionalProperties is not supported"), when=full),
    _refused("max-tokens-refused", "the output limit is refused", "max_tokens_exceeds_model",
             lambda call: call.body.get("max_tokens", 0) > _OUTPUT_LIMIT,
             _over_the_limit,
             {"CLAUDE_CODE_MAX_OUTPUT_TOKENS": str(_OUTPUT_LIMIT)}, healed=True),
    _refused("tools-refused", "tools are refused", "model_lacks_tool_use", lambda call: bool(call.body.get("tools")),
             _bad("This model does not support tool use"), layer="model", when=full),
    _refused("deferred-tools-refused", "deferred tools are refused", "body_field_rejected",
             lambda call: _mentions(call, "defer_loading"),
             _bad("tools.3.custom.defer_loading: Extra inputs are not permitted"), {"ENABLE_TOOL_SEARCH": "false"},
             healed=True),
    _refused("context-too-long", "the context window is smaller", "context_window_mismatch", lambda call: call.is_full,
             _bad("prompt is too long: 41000 tokens > 32768 maximum")),
    _refused("body-limit", "a body limit that real requests exceed", "request_body_too_large",
             lambda call: _size(call) > _BODY_LIMIT, page(413, "413 Request Entity Too Large"), layer="route"),
    _refused("firewall", "a firewall that real requests trip", "gateway_forbidden",
             lambda call: _size(call) > _BODY_LIMIT, page(403, "Access denied"), layer="gateway_auth"),
    _refused("header-limit", "a limit for the size of headers", "request_body_too_large",
             lambda call: _header_size(call) > _HEADER_LIMIT, plain(431, "Request Header Fields Too Large"),
             layer="route"),
)  # fmt: skip
