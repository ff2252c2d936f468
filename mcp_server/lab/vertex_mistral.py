"""Mistral models on Vertex AI (rawPredict): Google's front door, then Mistral's own refusals and shapes."""

from __future__ import annotations

import re
import secrets
import string
from typing import Any

from starlette.responses import JSONResponse, Response

from mcp_server.lab import chat
from mcp_server.lab.request_schema import Violation, violations
from mcp_server.lab.vertex_models import EmulatedModel

_CALL_ID = re.compile(r"[A-Za-z0-9]{9}")
#: Which roles may follow a role; after a tool message only the assistant speaks (or another tool).
_AFTER = {"tool": ("assistant", "tool"), "assistant": ("user", "tool", "assistant")}


def refusal(model: EmulatedModel, body: Any) -> Response | None:
    """Mistral's answer to a request that it does not take, or ``None``."""
    if found := violations("mistral_chat", body):
        return JSONResponse({"detail": [_detail(violation) for violation in found]}, 422)
    limit = body.get("max_tokens")
    if limit is not None and limit > model.max_output:
        message = f"max_tokens is {limit}, but {model.id} supports up to {model.max_output}."
        return _error(message, "invalid_request_invalid_args", "3051")
    if body.get("tools") and model.tools == "refused":
        return _error(f"Function calling is not enabled for model {model.id}", "invalid_request_error", "3000")
    if problem := _order_problem(body["messages"]):
        return _error(problem, "invalid_request_message_order", "3230")
    for message in body["messages"]:
        for identifier in _call_ids(message):
            if not _CALL_ID.fullmatch(identifier):
                rule = f"Tool call id was {identifier} but must be a-z, A-Z, 0-9, with a length of 9."
                return _error(rule, "invalid_function_call", "3280")
    if (size := chat.input_tokens(body)) > model.context:
        message = f"Prompt contains {size} tokens, too large for model with {model.context} maximum context length"
        return _error(message, "invalid_request_prompt_too_long", "3051")
    return None


def new_call_id() -> str:
    """An id of the only form that Mistral takes back."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(9))


def _order_problem(messages: list[dict[str, Any]]) -> str | None:
    previous, calls, answers = "", 0, 0
    for message in messages:
        role = message["role"]
        if role not in _AFTER.get(previous, (role,)):
            return f"Unexpected role '{role}' after role '{previous}'"
        if role == "tool" and previous not in ("assistant", "tool"):
            return f"Unexpected role 'tool' after role '{previous}'"
        if role == "tool":
            answers += 1
        else:
            if calls != answers:
                return "Not the same number of function calls and responses"
            calls, answers = len(message.get("tool_calls") or ()), 0
        previous = role
    if calls != answers:
        return "Not the same number of function calls and responses"
    if previous == "assistant" and not messages[-1].get("prefix"):
        return "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant"
    return None


def _call_ids(message: dict[str, Any]) -> list[str]:
    ids = [call.get("id") for call in message.get("tool_calls") or ()]
    return [str(i) for i in (*ids, message.get("tool_call_id")) if i is not None]


def _detail(violation: Violation) -> dict[str, Any]:
    """One entry of a 422, in the form of pydantic, which Mistral's service shows."""
    kind, text = {
        "unknown": ("extra_forbidden", "Extra inputs are not permitted"),
        "missing": ("missing", "Field required"),
        "value": ("value_error", violation.detail),
    }[violation.kind]
    return {"type": kind, "loc": ["body", *violation.path], "msg": text, "input": violation.value}


def _error(message: str, kind: str, code: str) -> Response:
    return JSONResponse({"object": "error", "message": message, "type": kind, "param": None, "code": code}, 400)
